using FsCheck;
using FsCheck.Fluent;
using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

[Trait(Kind.Key, Kind.Model)]
public sealed class LearningBridgeModelTests
{
    private const int Machines = 6;

    /// <summary>One command in a few numbers, each read modulo what it chooses from.</summary>
    private readonly record struct Step(int Kind, int Place, int Vlan, int Source, int Destination, int Tag);

    [Fact]
    public void Agrees_with_a_dictionary_and_a_few_loops()
    {
        Gen<Step> step =
            from kind in Gen.Choose(0, 19)
            from place in Gen.Choose(0, 5)
            from vlan in Gen.Choose(0, 3)
            from source in Gen.Choose(0, Machines - 1)
            from destination in Gen.Choose(0, Machines + 1)
            from tag in Gen.Choose(0, 7)
            select new Step(kind, place, vlan, source, destination, tag);
        Arbitrary<Step[]> walks = Arb.From(step.ArrayOf(), Shrink);
        Prop.ForAll(walks, Agrees).Check(Chance.Of(1500));
    }

    private static IEnumerable<Step[]> Shrink(Step[] walk)
    {
        for (int half = walk.Length / 2; half > 0; half /= 2)
        {
            for (int at = 0; at + half <= walk.Length; at += half)
            {
                yield return [.. walk[..at], .. walk[(at + half)..]];
            }
        }
    }

    private static bool Agrees(Step[] walk)
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);
        var model = new BridgeModel();
        foreach (Step step in walk)
        {
            Run(bridge, model, step);
            Assert.Equal(model.Entries(), Entries(bridge.Macs, Timestamp.FromSeconds(model.Now)));
        }

        return true;
    }

    private static void Run(LearningBridge bridge, BridgeModel model, Step step)
    {
        BridgeLocation where = step.Place < 4 ? BridgeLocation.Port(step.Place) : BridgeLocation.Vtep(step.Place - 4);
        ushort vlan = (ushort)(10 * (step.Vlan + 1));
        MacAddress source = BridgeTestBed.Mac(step.Source);
        switch (step.Kind)
        {
            case 0:
                model.Now += step.Tag;
                break;
            case 1:
                model.Now += 40 * step.Tag;
                break;
            case 2:
                bridge.Macs.Flush(where);
                model.Flush(where);
                break;
            case 3:
                bridge.Macs.FlushVlan(vlan);
                model.FlushVlan(vlan);
                break;
            case 4 when vlan < 40:
                Assert.True(bridge.Macs.AddStatic(vlan, source, where));
                model.AddStatic(vlan, source, where);
                break;
            case 5:
                bridge.Macs.RemoveStatic(vlan, source);
                model.RemoveStatic(vlan, source);
                break;
            case 6:
                bridge.Macs.Sweep(Timestamp.FromSeconds(model.Now));
                model.Sweep();
                break;
            default:
                Send(bridge, model, step, where, vlan, source);
                break;
        }
    }

    private static void Send(LearningBridge bridge, BridgeModel model, Step step, BridgeLocation from, ushort vlan, MacAddress source)
    {
        int? tci = step.Tag switch
        {
            0 or 1 or 2 => null,
            3 => 0xA000, // priority tag
            _ => (step.Tag << 13) | vlan,
        };
        MacAddress destination = step.Destination < Machines ? BridgeTestBed.Mac(step.Destination) : MacAddress.Broadcast;
        byte[] frame = BridgeTestBed.Frame(destination, source, tci);
        (BridgeDropReason reason, List<(BridgeLocation, int)> outputs) = model.Frame(from, vlan, tci, destination, source);

        BridgeDecision decision = BridgeTestBed.Decide(bridge, frame, from, vlan, Timestamp.FromSeconds(model.Now));

        Assert.Equal(reason, decision.Reason);
        Assert.Equal(outputs, BridgeTestBed.Outputs(bridge, decision, frame));
    }

    private static IEnumerable<string> Entries(FilteringDatabase macs, Timestamp now)
    {
        var all = new List<string>();
        Span<FilteringEntry> part = new FilteringEntry[7];
        int cursor = 0;
        do
        {
            int copied = macs.CopyTo(ref cursor, part, now);
            foreach (FilteringEntry entry in part[..copied])
            {
                all.Add($"{entry.Vlan} {entry.Mac} {entry.Where} {entry.IsStatic}");
            }
        }
        while (cursor != 0);
        return all.Order(StringComparer.Ordinal);
    }
}
