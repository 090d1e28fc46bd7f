using FsCheck;
using FsCheck.Fluent;
using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>A bridge that goes on with the tables of another: whatever changed, what it knows is what a fresh one would have been told entry by entry.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class BridgeSuccessionTests
{
    private const int Ports = 6;
    private const int Vteps = 5;
    private static readonly ushort[] Vlans = [10, 20, 30];
    private static readonly Timestamp Now = Timestamp.FromSeconds(100);

    [Fact]
    public void What_is_known_afterwards_is_what_still_has_a_place()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => Check(new Random(seed))).Check(Chance.Of(300));
    }

    [Fact]
    public void One_that_is_never_put_in_force_leaves_no_trace()
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);
        _ = bridge.Macs.Learn(10, BridgeTestBed.Mac(1), BridgeLocation.Port(0), Now);
        using (var successor = new LearningBridge(BridgeTestBed.Options with { Ports = [new BridgePortOptions { Pvid = 10, MaxLearned = 1, IsSticky = true }], VtepCount = 2 }, bridge))
        {
            Assert.True(successor.Shares(bridge));
        }

        Assert.True(bridge.Macs.TryLookup(10, BridgeTestBed.Mac(1), Now, out BridgeLocation where));
        Assert.Equal(BridgeLocation.Port(0), where);
        Assert.Equal(LearnResult.Moved, bridge.Macs.Learn(10, BridgeTestBed.Mac(1), BridgeLocation.Port(2), Now));
    }

    [Fact]
    public void Limits_are_the_successors_and_count_what_there_is()
    {
        LearningBridgeOptions options = BridgeTestBed.Options;
        using var bridge = new LearningBridge(options);
        _ = bridge.Macs.Learn(10, BridgeTestBed.Mac(1), BridgeLocation.Port(0), Now);
        _ = bridge.Macs.Learn(10, BridgeTestBed.Mac(2), BridgeLocation.Port(0), Now);
        BridgePortOptions[] ports = [options.Ports[0] with { MaxLearned = 2 }, .. options.Ports.Skip(1)];
        using var successor = new LearningBridge(options with { Ports = ports, VtepCount = 4 }, bridge);
        successor.TakeOver(bridge, [0, 1, 2, 3], [0, 1]);
        Assert.Equal(2, successor.Macs.CountAt(BridgeLocation.Port(0)));
        Assert.Equal(LearnResult.LimitReached, successor.Macs.Learn(10, BridgeTestBed.Mac(3), BridgeLocation.Port(0), Now));
        Assert.Equal(LearnResult.Added, successor.Macs.Learn(20, BridgeTestBed.Mac(4), BridgeLocation.Vtep(3), Now));
        bridge.Dispose();
        Assert.True(successor.Macs.TryLookup(10, BridgeTestBed.Mac(2), Now, out _));
    }

    [Fact]
    public void Bindings_of_a_segment_that_is_gone_go_with_it()
    {
        LearningBridgeOptions options = BridgeTestBed.Options;
        using var bridge = new LearningBridge(options);
        IPv4Address address = IPv4Address.Parse("10.0.0.1");
        bridge.Bindings.Learn(10, address, BridgeTestBed.Mac(1), Now);
        bridge.Bindings.Learn(20, address, BridgeTestBed.Mac(2), Now);
        using var successor = new LearningBridge(options with { Segments = [options.Segments[0]] }, bridge);
        successor.TakeOver(bridge, [0, 1, 2, 3], [0, 1]);
        Assert.True(successor.Bindings.TryLookup(10, address, Now, out _));
        Assert.False(successor.Bindings.TryLookup(20, address, Now, out _));
    }

    [Fact]
    public void Tables_that_would_be_made_otherwise_and_numbers_that_do_not_fit_are_refused()
    {
        LearningBridgeOptions options = BridgeTestBed.Options;
        using var bridge = new LearningBridge(options);
        Assert.False(LearningBridge.CanSucceed(options with { MacCapacity = 128 }, bridge));
        _ = Assert.Throws<ArgumentException>(() => new LearningBridge(options with { Seed = new HashSeed(5, 6) }, bridge));
        using var successor = new LearningBridge(options, bridge);
        _ = Assert.Throws<ArgumentException>(() => successor.TakeOver(bridge, [0, 1], [0, 1]));
        using var other = new LearningBridge(options);
        _ = Assert.Throws<ArgumentException>(() => successor.TakeOver(other, [0, 1, 2, 3], [0, 1]));
    }

    private static bool Check(Random random)
    {
        LearningBridgeOptions before = Draw(random);
        LearningBridgeOptions after = Draw(random);
        int[] ports = Numbers(random, Ports);
        int[] vteps = Numbers(random, Vteps);
        using var bridge = new LearningBridge(before);
        var known = new Dictionary<(ushort Vlan, MacAddress Mac), BridgeLocation>();
        for (int i = 0; i < 150; i++)
        {
            ushort vlan = Vlans[random.Next(Vlans.Length)];
            MacAddress mac = BridgeTestBed.Mac(random.Next(40));
            BridgeLocation where = random.Next(2) == 0 ? BridgeLocation.Port(random.Next(Ports)) : BridgeLocation.Vtep(random.Next(Vteps));
            if (IsPlace(before, vlan, where))
            {
                _ = bridge.Macs.Learn(vlan, mac, where, Now);
                known[(vlan, mac)] = where;
            }
        }

        using var successor = new LearningBridge(after, bridge);
        successor.TakeOver(bridge, ports, vteps);
        foreach (((ushort vlan, MacAddress mac), BridgeLocation where) in known)
        {
            int number = where.IsVtep ? vteps[where.Index] : ports[where.Index];
            BridgeLocation now = where.IsVtep ? BridgeLocation.Vtep(number) : BridgeLocation.Port(number);
            bool stays = number >= 0 && IsPlace(after, vlan, now);
            Assert.Equal(stays, successor.Macs.TryLookup(vlan, mac, Now, out BridgeLocation found));
            Assert.True(!stays || found == now, $"{vlan} {mac} was at {where}, is at {found} and not at {now}");
        }

        foreach (BridgeLocation place in Enumerable.Range(0, Ports).Select(BridgeLocation.Port).Concat(Enumerable.Range(0, Vteps).Select(BridgeLocation.Vtep)))
        {
            int expected = known.Keys.Count(key => successor.Macs.TryLookup(key.Vlan, key.Mac, Now, out BridgeLocation at) && at == place);
            Assert.Equal(expected, successor.Macs.CountAt(place));
        }

        return true;
    }

    /// <summary>Segments on some ports and endpoints, one of them perhaps not there or not learning.</summary>
    private static LearningBridgeOptions Draw(Random random)
    {
        ushort[] present = [.. Vlans.Where(_ => random.Next(5) > 0)];
        return new LearningBridgeOptions
        {
            Ports = [.. Enumerable.Range(0, Ports).Select(_ => new BridgePortOptions { TaggedVlans = [.. present.Where(_ => random.Next(4) > 0)] })],
            Segments = [.. present.Select(vlan => new BridgeSegmentOptions { Vlan = vlan, Vteps = [.. Enumerable.Range(0, Vteps).Where(_ => random.Next(4) > 0)], Learning = random.Next(6) > 0 })],
            VtepCount = Vteps,
            MacCapacity = 512,
            BindingCapacity = 64,
            Seed = BridgeTestBed.Seed,
        };
    }

    /// <summary>As they were, or in another order, some gone.</summary>
    private static int[] Numbers(Random random, int count)
    {
        int[] numbers = [.. Enumerable.Range(0, count)];
        if (random.Next(3) > 0)
        {
            random.Shuffle(numbers);
            numbers[random.Next(count)] = -1;
        }

        return numbers;
    }

    private static bool IsPlace(LearningBridgeOptions options, ushort vlan, BridgeLocation where) =>
        options.Segments.FirstOrDefault(segment => segment.Vlan == vlan) is { Learning: true } segment
        && (where.IsVtep ? segment.Vteps.Contains(where.Index) : options.Ports[where.Index].TaggedVlans.Contains(vlan));
}
