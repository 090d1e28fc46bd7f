using FsCheck;
using FsCheck.Fluent;
using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

public sealed class MacSyncTests
{
    /// <summary>One step of a walk: who speaks where, and what the network does with messages meanwhile.</summary>
    private readonly record struct Step(int Kind, int Machine, int Fate);

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_message_reads_as_it_was_written()
    {
        Gen<(MacSyncHeader Header, MacSyncEntry[] Entries)> messages =
            from type in Gen.Choose(1, 6)
            from numbers in Gen.Choose(0, int.MaxValue).ArrayOf(6)
            from entries in (from mac in Gen.Choose(1, int.MaxValue)
                             from vlan in Gen.Choose(0, 4095)
                             from age in Gen.Choose(0, 65535)
                             from flags in Gen.Choose(0, 7)
                             select new MacSyncEntry(new MacAddress((ulong)mac * 131), (ushort)vlan, (ushort)age, (MacSyncEntryFlags)flags)).ArrayOf()
            select (new MacSyncHeader
            {
                Type = (MacSyncType)type,
                Priority = (byte)numbers[0],
                Flags = (MacSyncFlags)(numbers[0] & 0x3F),
                Bridge = (ulong)numbers[1] * 7,
                Node = (ushort)numbers[2],
                Epoch = (uint)numbers[3],
                Sequence = (uint)numbers[4],
                HoldMilliseconds = (ushort)numbers[2],
                Digest = (ulong)numbers[5] * 0x1_0000_0001,
                Count = (ushort)Math.Min(entries.Length, MacSyncHeader.MaxEntries),
            }, entries[..Math.Min(entries.Length, MacSyncHeader.MaxEntries)]);
        Prop.ForAll(Arb.From(messages), message =>
        {
            byte[] bytes = new byte[MacSyncHeader.MaxMessageLength];
            int length = message.Header.Write(bytes);
            foreach (MacSyncEntry entry in message.Entries)
            {
                length += entry.Write(bytes.AsSpan(length));
            }

            Assert.True(MacSyncView.TryParse(bytes.AsSpan(0, length), out MacSyncView view));
            Assert.Equal(message.Header, view.Header);
            Assert.Equal(message.Entries.Length, view.Count);
            for (int i = 0; i < view.Count; i++)
            {
                Assert.Equal(message.Entries[i], view[i]);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void The_wire_format_is_the_documented_one()
    {
        byte[] bytes = new byte[MacSyncHeader.Length + MacSyncEntry.Length];
        new MacSyncHeader
        {
            Type = MacSyncType.Delta,
            Priority = 200,
            Flags = MacSyncFlags.Active,
            Bridge = 0x0102_0304_0506,
            Node = 0x0708,
            Epoch = 0x1112_1314,
            Sequence = 0x2122_2324,
            Count = 1,
            HoldMilliseconds = 0x3132,
            Digest = 0x4142_4344_4546_4748,
        }.Write(bytes);
        new MacSyncEntry(new MacAddress(0x0200_0000_0abc), 100, 0x0102, MacSyncEntryFlags.Withdraw | MacSyncEntryFlags.Sticky).Write(bytes.AsSpan(52));
        Assert.Equal(
            "4d53594e" + "01" + "02" + "c8" + "01" + "010203040506" + "0708" + "11121314" + "21222324" + "0001" + "3132" + "4142434445464748" + new string('0', 32)
            + "020000000abc" + "0064" + "0102" + "0005",
            Convert.ToHexStringLower(bytes));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void SipHash_2_4_of_eight_octets_agrees_with_its_authors()
    {
        // Key 00..0f, input 00..07: entry 8 of vectors_sip64 in the reference implementation.
        var hash = new SipHash(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);
        Assert.Equal(0x93f5_f579_9a93_2462UL, hash.Hash(0x0706_0504_0302_0100));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Forged_replayed_truncated_and_foreign_messages_change_nothing_and_are_counted()
    {
        var recorded = new List<byte[]>();
        using BridgePair pair = BridgePair.Settled();
        pair.Transport = message =>
        {
            recorded.Add(message);
            return [TimeSpan.Zero];
        };
        for (int machine = 0; machine < 20; machine++)
        {
            pair.SpeakOnVlan(machine);
        }

        pair.Run(TimeSpan.FromSeconds(1));
        byte[] delta = recorded.First(message => message[5] == (byte)MacSyncType.Delta);
        BridgeNode victim = pair.Nodes[1];
        (ulong digest, int count, BridgeNodeCounters before) = (victim.Table.Digest, victim.Table.Count, victim.Counters);

        for (int octet = 0; octet < delta.Length; octet++)
        {
            byte[] forged = [.. delta];
            forged[octet] ^= 0x10;
            Assert.NotEqual(MacSyncVerdict.Accepted, victim.Receive(forged, pair.Now));
        }

        for (int length = 0; length < delta.Length; length++)
        {
            Assert.Equal(MacSyncVerdict.Malformed, victim.Receive(delta.AsSpan(0, length), pair.Now));
        }

        Assert.Equal(MacSyncVerdict.Malformed, victim.Receive([.. delta, 0], pair.Now));
        Assert.Equal(MacSyncVerdict.Stale, victim.Receive(delta, pair.Now));
        Assert.Equal(MacSyncVerdict.OwnMessage, pair.Nodes[0].Receive(delta, pair.Now));
        Assert.Equal((digest, count, BridgeRole.Standby), (victim.Table.Digest, victim.Table.Count, victim.Role));
        BridgeNodeCounters after = victim.Counters;
        Assert.Equal(before.MessagesAccepted, after.MessagesAccepted);
        Assert.Equal(
            delta.Length + delta.Length + 2,
            after.Malformed + after.Unauthentic + after.ForeignBridge + after.Stale + after.OwnMessage
            - before.Malformed - before.Unauthentic - before.ForeignBridge - before.Stale - before.OwnMessage);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Nonsense_among_entries_is_skipped_and_the_rest_is_taken()
    {
        using BridgePair pair = BridgePair.Settled((_, options) => options with { Key = default });
        byte[] message = new byte[MacSyncHeader.MaxMessageLength];
        MacSyncEntry[] entries =
        [
            new(MacAddress.Broadcast, 10, 0, MacSyncEntryFlags.None),
            new(MacAddress.Zero, 10, 0, MacSyncEntryFlags.None),
            new(BridgePair.Machine(1), 4095, 0, MacSyncEntryFlags.None),
            new(BridgePair.Machine(1), 0, 0, MacSyncEntryFlags.None),
            new(BridgePair.Machine(1), 12, 0, MacSyncEntryFlags.None),
            new(BridgePair.Options(1).Mac, 10, 0, MacSyncEntryFlags.None),
            new(BridgePair.Machine(7), 11, 0, MacSyncEntryFlags.None),
        ];
        int length = new MacSyncHeader { Type = MacSyncType.Delta, Flags = MacSyncFlags.Active, Priority = 200, Bridge = 0xB1D6E, Node = 1, Epoch = 1_000_000, Sequence = 1, Count = (ushort)entries.Length }.Write(message);
        foreach (MacSyncEntry entry in entries)
        {
            length += entry.Write(message.AsSpan(length));
        }

        Assert.Equal(MacSyncVerdict.Accepted, pair.Nodes[1].Receive(message.AsSpan(0, length), pair.Now));
        Assert.Equal(6, pair.Nodes[1].Counters.EntriesInvalid);
        Assert.True(pair.Nodes[1].Table.Contains(11, BridgePair.Machine(7)));
        Assert.Equal(1, pair.Nodes[1].Table.Count);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_full_transfer_that_is_interrupted_leaves_the_old_table_in_force()
    {
        using BridgePair pair = BridgePair.Settled();
        for (int machine = 0; machine < 500; machine++)
        {
            pair.SpeakOnVlan(machine);
        }

        pair.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(500, pair.Nodes[1].Table.Count);
        // The journal runs over, so everything is sent anew, and the last message never arrives.
        for (int machine = 500; machine < 2000; machine++)
        {
            pair.SpeakOnVlan(machine);
        }

        pair.Transport = message => message[5] == (byte)MacSyncType.FullEnd ? [] : [TimeSpan.Zero];
        pair.Run(TimeSpan.FromMilliseconds(100));
        Assert.Equal(500, pair.Nodes[1].Table.Count);
        pair.Transport = _ => [TimeSpan.Zero];
        pair.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(2000, pair.Nodes[1].Table.Count);
        Assert.Equal(pair.Nodes[0].Table.Digest, pair.Nodes[1].Table.Digest);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Over_a_network_that_loses_repeats_and_reorders_the_tables_become_equal()
    {
        Gen<Step> steps =
            from kind in Gen.Choose(0, 5)
            from machine in Gen.Choose(0, 39)
            from fate in Gen.Choose(0, 5)
            select new Step(kind, machine, fate);
        Prop.ForAll(Arb.From(steps.ArrayOf(), Halves), Converges).Check(Chance.Of(60));
    }

    private static IEnumerable<Step[]> Halves(Step[] walk)
    {
        for (int size = walk.Length / 2; size > 0; size /= 2)
        {
            for (int at = 0; at + size <= walk.Length; at += size)
            {
                yield return [.. walk[..at], .. walk[(at + size)..]];
            }
        }
    }

    private static void Converges(Step[] walk)
    {
        using BridgePair pair = BridgePair.Settled();
        foreach (Step step in walk)
        {
            int count = 0;
            pair.Transport = _ => ((step.Fate + count++) % 6) switch
            {
                0 or 1 => [],
                2 => [TimeSpan.Zero, TimeSpan.FromMilliseconds(7)],
                3 => [TimeSpan.FromMilliseconds(40)],
                _ => [TimeSpan.FromMilliseconds(1)],
            };
            switch (step.Kind)
            {
                case 0 or 1 or 2:
                    pair.SpeakOnVlan(step.Machine);
                    break;
                case 3:
                    pair.SpeakOnOverlay(step.Machine);
                    break;
                case 4:
                    pair.Macs[0].Flush(BridgeLocation.Port(BridgePair.Port));
                    break;
                default:
                    break;
            }

            pair.Run(TimeSpan.FromMilliseconds(3 * step.Machine));
        }

        // One quiet digest, a request and the answer to it.
        pair.Transport = _ => [TimeSpan.FromMilliseconds(1)];
        pair.Run(TimeSpan.FromMilliseconds(1200));
        Assert.Equal((BridgeRole.Active, BridgeRole.Standby), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        HashSet<MacAddress> actual = [.. Enumerable.Range(0, 40).Select(BridgePair.Machine).Where(mac => pair.Nodes[1].Table.Contains(BridgePair.Vlan, mac))];
        HashSet<MacAddress> wanted = [.. Enumerable.Range(0, 40).Select(BridgePair.Machine).Where(mac =>
            pair.Macs[0].TryLookup(BridgePair.Vlan, mac, pair.Now, out BridgeLocation where) && where == BridgeLocation.Port(BridgePair.Port))];
        Assert.Equal(wanted.Order(), actual.Order());
        Assert.Equal(wanted.Count, pair.Nodes[1].Table.Count);
        Assert.Equal(pair.Nodes[0].Table.Digest, pair.Nodes[1].Table.Digest);
        Assert.True(pair.Nodes[1].InSync);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Equal_tables_have_equal_digests_whatever_their_history()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), numbers =>
        {
            using var left = new MacSyncTable(1024, new HashSeed(1, 1), "secret"u8);
            using var right = new MacSyncTable(1024, new HashSeed(2, 2), "secret"u8);
            foreach (int number in numbers)
            {
                left.Put(10, BridgePair.Machine(Math.Abs(number % 97)), Timestamp.Zero);
            }

            foreach (int number in numbers.Reverse())
            {
                right.Put(10, BridgePair.Machine(Math.Abs(number % 97)), Timestamp.FromSeconds(5));
                right.Put(11, BridgePair.Machine(Math.Abs(number % 97)), Timestamp.Zero);
            }

            bool differ = numbers.Length == 0 || left.Digest != right.Digest;
            foreach (int number in numbers)
            {
                right.Remove(11, BridgePair.Machine(Math.Abs(number % 97)));
            }

            return differ && left.Digest == right.Digest && left.Count == right.Count;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void A_pair_that_learns_syncs_and_announces_allocates_nothing()
    {
        var start = Timestamp.FromSeconds(10);
        FilteringDatabase[] macs = [.. Enumerable.Range(0, 2).Select(_ =>
            new FilteringDatabase(new FilteringDatabaseOptions { PortCount = 1, VtepCount = 2, Seed = new HashSeed(1, 2), JournalCapacity = 4096, Start = start }))];
        BridgeNode[] nodes = [.. Enumerable.Range(0, 2).Select(i => new BridgeNode(BridgePair.Options(i) with { MaxGap = TimeSpan.FromSeconds(1) }, macs[i], start))];
        var bytes = new DirectSink.Buffer();
        Timestamp now = start;
        nodes[0].Enable(now);
        nodes[1].Enable(now);
        int machine = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                now += TimeSpan.FromMilliseconds(1);
                int active = nodes[0].Forwards ? 0 : 1;
                macs[active].Learn(BridgePair.Vlan, BridgePair.Machine(machine++ % 1500), BridgeLocation.Port(0), now);
                macs[0].Learn(BridgePair.Vlan, BridgePair.Machine(2000 + (machine % 500)), BridgeLocation.Vtep(1), now);
                for (int node = 0; node < 2; node++)
                {
                    bytes.Length = 0;
                    var sink = new DirectSink(bytes, nodes[1 - node], now);
                    nodes[node].Poll(now, ref sink);
                }

                if (i % 4000 == 3999)
                {
                    nodes[active].Drain(now);
                }
            }
        }));
        Assert.InRange(nodes[0].Counters.AnnouncedToVlan + nodes[1].Counters.AnnouncedToVlan, 100, 1_000_000);
        Assert.InRange(nodes[0].Counters.MessagesAccepted, 100, 1_000_000);
        foreach (BridgeNode node in nodes)
        {
            node.Dispose();
        }
    }

    /// <summary>Hands messages straight to the other node.</summary>
    private readonly struct DirectSink(DirectSink.Buffer buffer, BridgeNode peer, Timestamp now) : IBridgeNodeSink
    {
        internal sealed class Buffer
        {
            public int Length;
        }

        public void ToPeer(ReadOnlySpan<byte> message)
        {
            buffer.Length += message.Length;
            _ = peer.Receive(message, now);
        }

        public void ToHosts(ReadOnlySpan<byte> message) => buffer.Length += message.Length;

        public void ToVlan(ushort vlan, ReadOnlySpan<byte> frame) => buffer.Length += frame.Length;

        public void ToOverlay(ushort vlan, ReadOnlySpan<byte> frame) => buffer.Length += frame.Length;
    }
}
