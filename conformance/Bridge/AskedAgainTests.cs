using FsCheck;
using FsCheck.Fluent;
using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>Questions that come again soon after they were answered from memory: only the machine itself can say whether the answer was right.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class AskedAgainTests
{
    private const ushort Vlan = 10;
    private const int Asked = 0, AskedByOther = 1, Heard = 2, HeardElsewhere = 3, Waits = 4;

    private static readonly MacAddress Asker = BridgeTestBed.Mac(1);
    private static readonly MacAddress Other = BridgeTestBed.Mac(2);
    private static readonly MacAddress Owner = BridgeTestBed.Mac(3);
    private static readonly IPv4Address OwnerIp = IPv4Address.Parse("192.0.2.3");
    private static readonly IPv6Address OwnerIp6 = IPv6Address.Parse("2001:db8::3");
    private static readonly TimeSpan Window = BridgeSegmentOptions.DefaultAskAgain;

    [Fact]
    public void Who_asks_again_while_the_machine_is_silent_has_its_question_flooded_and_finds_it_elsewhere()
    {
        using LearningBridge bridge = Bed();
        Claim(bridge, vtep: 0, At(0));
        Assert.Equal(BridgeAction.Answer, Ask(bridge, Asker, At(1)).Action);

        BridgeDecision again = Ask(bridge, Asker, At(2));
        Assert.Equal((BridgeAction.Flood, true, 1L, 1L), (again.Action, again.IsAskedAgain, bridge.Counters.AskedAgain, bridge.Counters.AnsweredArp));
        Assert.Equal(BridgeAction.Flood, Ask(bridge, Asker, At(3)).Action);

        // It answers from where it is now.
        Claim(bridge, vtep: 1, At(3.5));
        Assert.Equal(BridgeAction.Answer, Ask(bridge, Asker, At(4)).Action);
        Assert.True(bridge.Macs.TryLookup(Vlan, Owner, At(4), out BridgeLocation where));
        Assert.Equal(BridgeLocation.Vtep(1), where);
    }

    [Fact]
    public void Anything_that_the_machine_says_shows_that_the_answer_was_right()
    {
        using LearningBridge bridge = Bed();
        Claim(bridge, vtep: 0, At(0));
        _ = Ask(bridge, Asker, At(1));
        _ = BridgeTestBed.Decide(bridge, BridgeTestBed.Frame(Asker, Owner), BridgeLocation.Vtep(0), Vlan, At(2));
        Assert.Equal(BridgeAction.Answer, Ask(bridge, Asker, At(3)).Action);
    }

    [Fact]
    public void Others_and_those_who_ask_after_a_while_are_answered()
    {
        using LearningBridge bridge = Bed();
        Claim(bridge, vtep: 0, At(0));
        _ = Ask(bridge, Asker, At(1));
        Assert.Equal(BridgeAction.Answer, Ask(bridge, Other, At(2)).Action);
        Assert.Equal(BridgeAction.Answer, Ask(bridge, Asker, At(1) + Window).Action);
    }

    [Fact]
    public void Without_a_window_everybody_is_answered_always()
    {
        using LearningBridge bridge = Bed(TimeSpan.Zero);
        Claim(bridge, vtep: 0, At(0));
        Assert.All(Enumerable.Range(1, 5), second => Assert.Equal(BridgeAction.Answer, Ask(bridge, Asker, At(second)).Action));
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Bed(TimeSpan.FromSeconds(3_601)));
        Assert.Contains("AskAgain of VLAN 10 is 3601 s; the allowed range is 0 to 3600 s.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Solicitations_are_treated_alike()
    {
        using LearningBridge bridge = Bed();
        _ = BridgeTestBed.Decide(bridge, Neighbor(Owner, new NeighborMessage { IsAdvertisement = true, IsOverride = true, Target = OwnerIp6, LinkLayerAddress = Owner }), BridgeLocation.Vtep(0), Vlan, At(0));
        byte[] question = Neighbor(Asker, new NeighborMessage { Target = OwnerIp6, LinkLayerAddress = Asker });
        BridgeAction[] done = [.. Enumerable.Range(1, 2).Select(second => BridgeTestBed.Decide(bridge, question, BridgeLocation.Port(0), Vlan, At(second)).Action)];
        Assert.Equal([BridgeAction.Answer, BridgeAction.Flood], done);
        Assert.Equal((1, 1), (bridge.Counters.AnsweredNd, bridge.Counters.AskedAgain));
    }

    [Fact]
    public void Nobody_is_answered_twice_within_the_window_unless_the_machine_was_heard_between()
    {
        Gen<(int Kind, int Tenths)> step = from kind in Gen.Choose(0, 4) from tenths in Gen.Choose(1, 900) select (kind, tenths);
        Prop.ForAll(step.ArrayOf().ToArbitrary(), steps =>
        {
            using LearningBridge bridge = Bed();
            Timestamp now = At(0);
            Claim(bridge, vtep: 0, now);
            Timestamp heard = now;
            Timestamp?[] answered = [null, null];
            foreach ((int kind, int tenths) in steps)
            {
                now += TimeSpan.FromMilliseconds(tenths * 100);
                switch (kind)
                {
                    case Asked or AskedByOther:
                        // What is known has aged, or is answered or flooded as the window says.
                        bool isKnown = now < heard + BridgeSegmentOptions.DefaultAgeing;
                        bool isDoubted = answered[kind] is Timestamp before && now < before + Window && heard <= before;
                        BridgeDecision decision = Ask(bridge, kind == Asked ? Asker : Other, now);
                        Assert.Equal((isKnown && !isDoubted ? BridgeAction.Answer : BridgeAction.Flood, isKnown && isDoubted), (decision.Action, decision.IsAskedAgain));
                        answered[kind] = isKnown ? now : answered[kind];
                        break;
                    case Heard or HeardElsewhere:
                        Claim(bridge, vtep: kind - Heard, now);
                        heard = now;
                        break;
                    case Waits:
                        bridge.Advance(now, 64);
                        break;
                    default:
                        break;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_last_question_is_remembered_whatever_else_was_asked_and_none_at_a_wrong_time()
    {
        Prop.ForAll((from asker in Gen.Choose(0, 40) from target in Gen.Choose(0, 40) select (asker, target)).ArrayOf().ToArbitrary(), asked =>
        {
            var memory = new AnsweredQuestions(64, BridgeTestBed.Seed);
            var model = new Dictionary<(int, int), Timestamp>();
            for (int i = 0; i < asked.Length; i++)
            {
                Note(memory, asked[i], model[asked[i]] = At(i));
                Assert.True(Find(memory, asked[i]) == At(i));
            }

            Assert.All(model, known => Assert.True((Find(memory, known.Key) ?? known.Value) == known.Value));
            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Questions_beyond_what_is_remembered_cost_no_memory()
    {
        using LearningBridge bridge = Bed();
        Claim(bridge, vtep: 0, At(0));
        byte[] question = Request(Asker);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                new MacAddress(0x0200_0100_0000 + (ulong)i).Write(question.AsSpan(6));
                new MacAddress(0x0200_0100_0000 + (ulong)i).Write(question.AsSpan(22));
                _ = BridgeTestBed.Decide(bridge, question, BridgeLocation.Port(0), Vlan, At(1));
            }
        }));
    }

    private static Timestamp? Find(AnsweredQuestions memory, (int Asker, int Target) question) =>
        memory.TryFind(BridgeTestBed.Mac(question.Asker), AddressKey.Of(Vlan, new IPv4Address((uint)question.Target)), out Timestamp when) ? when : null;

    private static void Note(AnsweredQuestions memory, (int Asker, int Target) question, Timestamp now) =>
        memory.Note(BridgeTestBed.Mac(question.Asker), AddressKey.Of(Vlan, new IPv4Address((uint)question.Target)), now);

    private static Timestamp At(double seconds) => Timestamp.FromSeconds(seconds);

    private static BridgeDecision Ask(LearningBridge bridge, MacAddress asker, Timestamp now) => BridgeTestBed.Decide(bridge, Request(asker), BridgeLocation.Port(0), Vlan, now);

    /// <summary>The machine is heard at an endpoint, in answer to somebody.</summary>
    private static void Claim(LearningBridge bridge, int vtep, Timestamp now) =>
        _ = BridgeTestBed.Decide(bridge, Arp(Asker, new ArpMessage { Operation = ArpOperation.Reply, SenderMac = Owner, SenderAddress = OwnerIp, TargetMac = Asker }), BridgeLocation.Vtep(vtep), Vlan, now);

    private static byte[] Request(MacAddress asker) =>
        Arp(MacAddress.Broadcast, new ArpMessage { Operation = ArpOperation.Request, SenderMac = asker, SenderAddress = new IPv4Address(0xC000_0200 | (uint)(byte)asker.Value), TargetAddress = OwnerIp });

    private static byte[] Arp(MacAddress destination, ArpMessage message)
    {
        byte[] frame = new byte[42];
        int at = new EthernetHeader { Destination = destination, Source = message.SenderMac, EtherType = EtherType.Arp }.Write(frame);
        _ = message.Write(frame.AsSpan(at));
        return frame;
    }

    private static byte[] Neighbor(MacAddress source, NeighborMessage message)
    {
        var (from, to) = (IPv6Address.Parse(message.IsAdvertisement ? "2001:db8::3" : "2001:db8::1"), IPv6Address.Parse("ff02::1:ff00:3"));
        byte[] frame = new byte[54 + message.Length];
        int at = new EthernetHeader { Destination = MacAddress.Parse("33:33:ff:00:00:03"), Source = source, EtherType = EtherType.IPv6 }.Write(frame);
        at += new IPv6Header { NextHeader = IpProtocol.IcmpV6, HopLimit = 255, PayloadLength = message.Length, Source = from, Destination = to }.Write(frame.AsSpan(at));
        _ = message.Write(frame.AsSpan(at), from, to);
        return frame;
    }

    private static LearningBridge Bed(TimeSpan? window = null) => new(new LearningBridgeOptions
    {
        Ports = [new BridgePortOptions { Pvid = Vlan }, new BridgePortOptions { Pvid = Vlan }],
        Segments = [new BridgeSegmentOptions { Vlan = Vlan, Vteps = [0, 1], SuppressArp = true, SuppressNd = true, AskAgain = window ?? Window }],
        VtepCount = 2,
        BindingCapacity = 64,
        MacCapacity = 256,
        Seed = BridgeTestBed.Seed,
    });
}
