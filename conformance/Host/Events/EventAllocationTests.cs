using Weft.Conformance.Support;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>Publishing is allowed on the data path.</summary>
[Trait(Kind.Key, Kind.Alloc)]
public sealed class EventAllocationTests
{
    [Fact]
    public void A_hundred_thousand_events_allocate_nothing()
    {
        var log = new EventLog(1000);
        MacAddress mac = MacAddress.Parse("02:00:00:00:00:01");
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                log.Publish(Timestamp.Zero, BridgeEventTypes.MacMoved, "edge", "blue", mac, "port web1");
            }
        }));
    }
}
