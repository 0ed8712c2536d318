from modelserver_operator.cluster.kinds import DEPLOYMENT, SERVICE
from modelserver_operator.reconcile.relisting import Relisting


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_first_known_object_begins_another_listing() -> None:
    assert Relisting().begins(DEPLOYMENT, known=True)


def test_a_first_listing_shows_nothing_that_is_known() -> None:
    assert not Relisting().begins(DEPLOYMENT, known=False)


def test_a_listing_begins_once() -> None:
    clock = Clock()
    relisting = Relisting(clock)
    assert relisting.begins(DEPLOYMENT, known=True)
    for _ in range(3):
        clock.now += 20
        assert not relisting.begins(DEPLOYMENT, known=True)
    clock.now += 31
    assert relisting.begins(DEPLOYMENT, known=True)


def test_each_kind_has_listings_of_its_own() -> None:
    relisting = Relisting()
    assert relisting.begins(DEPLOYMENT, known=True)
    assert relisting.begins(SERVICE, known=True)
