using Weft.Conformance.IdsTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Intrusion;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>The queue from a sensor to whoever writes its records down.</summary>
public sealed class IdsOutletTests
{
    private const string Question = "123401000001000000000000076578616D706C65036F72670000010001";

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Messages_that_nobody_takes_are_counted_as_lost_and_leave_room_for_alerts()
    {
        using var bench = new Bench();
        bench.Ask(10_000);
        Assert.Equal(10_000, bench.Outlet.Records + bench.Outlet.RecordsLost);
        Assert.True(bench.Outlet.RecordsLost > 5_000, $"{bench.Outlet.RecordsLost} records were lost");
        for (int alert = 0; alert < 2_000; alert++)
        {
            bench.Outlet.Post(default(IdsEvent), default);
        }

        Assert.Equal(0, bench.Outlet.EventsLost);
        bench.Drain();
        bench.Ask(100);
        Assert.Equal(100, bench.Drain());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Telling_of_messages_and_flows_allocates_nothing_on_the_data_path()
    {
        using var bench = new Bench();
        bench.Ask(2_000);
        _ = bench.Drain();
        Assert.Equal(0, Allocations.Of(() => bench.Ask(1_000)));
        Assert.Equal(2_000, bench.Drain());
    }

    private sealed class Bench : IDisposable
    {
        private static readonly byte[] Frame = RuleBench.Udp(Convert.FromHexString(Question));

        private readonly IntrusionDetector _detector;
        private readonly PacketLayout _layout;
        private readonly Alert[] _alerts = new Alert[4];

        public Bench()
        {
            Outlet = new IdsOutlet(EveTypes.All, frameBytes: 0, follow: 1, RuleBench.Options.Seed);
            _detector = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules("alert udp any any -> any 9 (content:\"nothing\"; sid:1;)")), RuleBench.Options with { Observer = Outlet.Scribe });
            Assert.True(PacketLayout.TryParse(Frame, out _layout));
        }

        public IdsOutlet Outlet { get; }

        public void Ask(int times)
        {
            for (int i = 0; i < times; i++)
            {
                _detector.Tag = Outlet.Scribe.TagOf("web1", 10);
                _ = _detector.Inspect(Frame, in _layout, Timestamp.Zero, _alerts, out _);
            }
        }

        public int Drain()
        {
            int records = 0;
            while (Outlet.TryTake(out IdsNotice what))
            {
                if (what.Kind == IdsNoticeKind.Message)
                {
                    records++;
                    ConversationRecord.Read(Outlet.RecordOf(in what), out Weft.Ids.Conversation conversation, out AppMessage message);
                    Assert.Equal(("web1", 10, AppProtocol.Dns, 0x1234), (what.Interface, what.Vlan, conversation.App, message.DnsId));
                }

                Outlet.Return(in what);
            }

            return records;
        }

        public void Dispose() => _detector.Dispose();
    }
}
