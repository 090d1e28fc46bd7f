using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase;
using Weft.Sase.Flows;
using Weft.Sase.Ownership;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>What nodes tell each other of flows, and what comes of it if it is damaged, late, twice, or of somebody else.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class RecordTests
{
    private const uint Acme = 1001;
    private static readonly Timestamp Now = TunnelPackets.Now;

    [Fact]
    public void A_record_that_is_read_is_the_one_that_was_written() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            var random = new Random(seed);
            FlowRecord written = AnyRecord(random);
            byte[] bytes = new byte[random.Next(2) == 0 ? FlowRecord.Length : FlowRecord.NamedLength];
            written.Write(bytes);
            Assert.True(FlowRecord.TryRead(bytes, out FlowRecord read));
            Assert.Equal((written.Vni, written.Inner, written.Outer, written.IsEnd, written.IdleMilliseconds), (read.Vni, read.Inner, read.Outer, read.IsEnd, read.IdleMilliseconds));
            Assert.Equal((written.State.Version, written.State.Policy, written.State.Cookie, written.State.Tcp, written.State.Bits, written.State.Gateway),
                (read.State.Version, read.State.Policy, read.State.Cookie, read.State.Tcp, read.State.Bits, read.State.Gateway));
            Assert.Equal(bytes.Length == FlowRecord.NamedLength ? written.Session : default, read.Session);
            byte[] again = new byte[bytes.Length];
            read.Write(again);
            Assert.Equal(bytes, again);
        }).Check(Chance.Of(2000));

    [Fact]
    public void Whatever_a_record_says_reading_it_never_throws() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 255).ArrayOf(FlowRecord.Length)), bytes => { _ = FlowRecord.TryRead([.. bytes.Select(value => (byte)value)], out _); }).Check(Chance.Of(2000));

    [Fact]
    public void Records_that_come_in_any_order_and_any_number_of_times_leave_what_they_leave_in_order_once() =>
        Prop.ForAll(Arb.From(from seed in Gen.Choose(0, int.MaxValue) from steps in Gen.Choose(1, 120) select (seed, steps)), drawn =>
        {
            var random = new Random(drawn.seed);
            using ManagedServiceNode owner = Node(0);
            List<byte[]> messages = Traffic(owner, random, drawn.steps);
            using ManagedServiceNode orderly = Node(1);
            messages.ForEach(message => _ = Tell(orderly, message));
            using ManagedServiceNode chaotic = Node(1);
            byte[][] copies = [.. messages, .. messages.Where(_ => random.Next(3) == 0)];
            random.Shuffle(copies);
            foreach (byte[] message in copies)
            {
                _ = Tell(chaotic, message);
            }

            // A stream takes a message 64 ahead of its turn at most; what is further ahead is sent again.
            messages.ForEach(message => _ = Tell(chaotic, message));
            Assert.Equal(Described(owner), Described(orderly));
            Assert.Equal(Described(owner), Described(chaotic));
            Assert.Equal((orderly.FlowCount, orderly.BindingCount), (chaotic.FlowCount, chaotic.BindingCount));
        }).Check(Chance.Of(200));

    [Fact]
    public void A_walk_through_all_flows_while_they_change_and_what_changed_meanwhile_are_the_final_state() =>
        Prop.ForAll(Arb.From(from seed in Gen.Choose(0, int.MaxValue) from before in Gen.Choose(1, 200) from meanwhile in Gen.Choose(1, 200) select (seed, before, meanwhile)), drawn =>
        {
            var random = new Random(drawn.seed);
            using ManagedServiceNode owner = Node(0, peerUp: false);
            _ = Traffic(owner, random, drawn.before);
            owner.PeerUp(1);
            owner.Advance(Now);
            using ManagedServiceNode backup = Node(1);
            backup.PeerUp(0);
            byte[] message = new byte[1400];
            for (int step = 0; step < drawn.meanwhile || !owner.IsBackupCurrent(0); step++)
            {
                Assert.InRange(step, 0, 10_000);
                if (step < drawn.meanwhile)
                {
                    Touch(owner, random);
                }

                // One message at a time, so that the walk takes long.
                if (owner.TryTakeMessage(message, out int length, out IPv4Address to, Now) && to == owner.Options.Pop.Nodes[1])
                {
                    _ = backup.Receive(message.AsSpan(0, length), owner.Options.Pop.Nodes[0], Now);
                }

                while (random.Next(2) == 0 && backup.TryTakeMessage(message, out length, out to, Now))
                {
                    _ = to == owner.Options.Pop.Nodes[0] ? owner.Receive(message.AsSpan(0, length), owner.Options.Pop.Nodes[1], Now) : default;
                }
            }

            Assert.Equal(Described(owner), Described(backup));
        }).Check(Chance.Of(100));

    [Fact]
    public void Records_that_are_cut_off_of_another_version_of_a_stranger_or_of_an_earlier_stream_change_nothing()
    {
        using ManagedServiceNode owner = Node(0);
        byte[] message = Traffic(owner, new Random(1), 30)[0];
        using ManagedServiceNode backup = Node(1);
        for (int length = 0; length < message.Length; length++)
        {
            Assert.Equal(MessageVerdict.Malformed, Tell(backup, message[..length]));
        }

        Assert.Equal(MessageVerdict.OtherVersion, Tell(backup, [.. message[..2], 2, .. message[3..]]));
        Assert.Equal(MessageVerdict.OtherVersion, Tell(backup, [.. message[..2], 1, (byte)PopMessageKind.NamedRecords, .. message[4..]]));
        Assert.Equal(MessageVerdict.UnknownSender, backup.Receive(message, owner.Options.Pop.Gateways[0], Now));
        Assert.Equal(MessageVerdict.UnknownSender, backup.Receive(message, Remote, Now));
        Assert.Equal(0, backup.FlowCount);
        Assert.Equal(MessageVerdict.Accepted, Tell(backup, message));
        int known = backup.FlowCount;
        Assert.NotEqual(0, known);
        Assert.Equal(MessageVerdict.Stale, Tell(backup, message));
        byte[] earlier = [.. message];
        earlier[11]--;
        Assert.Equal(MessageVerdict.Stale, Tell(backup, earlier));
        Assert.Equal(known, backup.FlowCount);
    }

    [Fact]
    public void Records_of_flows_that_the_receiver_owns_itself_are_refused()
    {
        using ManagedServiceNode owner = Node(0);

        // Its records are later than anything that the receiver knows: only that it is the owner itself refuses them.
        for (int term = 0; term < 5; term++)
        {
            Assert.True(owner.TryActivate(0, owner.EpochOf(0).Next(0)));
        }

        owner.Advance(Now);
        byte[] message = Traffic(owner, new Random(1), 30)[0];
        using ManagedServiceNode other = Node(1);
        Assert.True(other.TryActivate(0, Epoch.None.Next(1)));
        _ = Traffic(other, new Random(1), 30);
        Dictionary<FlowKey4, (FlowKey4, TcpState, byte)> before = Described(other);
        _ = Tell(other, message);
        foreach ((FlowKey4 key, (FlowKey4, TcpState, byte) flow) in before)
        {
            Assert.Equal(flow, Described(other)[key]);
        }

        Assert.NotEqual(0, other.Counters.RecordsStale);

        // The same records are taken as soon as it is not.
        using ManagedServiceNode standby = Node(1);
        Assert.Equal(MessageVerdict.Accepted, Tell(standby, message));
        Assert.Equal((0L, true), (standby.Counters.RecordsStale, standby.Counters.RecordsTaken > 0));
    }

    private static ManagedServiceNode Node(int number, bool peerUp = true)
    {
        PopOptions pop = Pop.Base(2, 2);
        var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = pop, Node = number, Incarnation = 1, Flows = 1024, Segments = 4, Commit = null, Start = Now });
        node.Configure([Make(Acme), Make(1002)]);
        if (number == 0)
        {
            Assert.True(node.TryActivate(0, Epoch.None.Next(0)));
        }

        if (peerUp)
        {
            node.PeerUp(1 - number);
            node.Advance(Now);
        }

        return node;
    }

    private static MessageVerdict Tell(ManagedServiceNode node, byte[] message) => node.Receive(message, node.Options.Pop.Nodes[0], Now);

    /// <summary>Steps of tenants' hosts; the messages to the backup that came of them.</summary>
    private static List<byte[]> Traffic(ManagedServiceNode owner, Random random, int steps)
    {
        var messages = new List<byte[]>();
        byte[] message = new byte[1400];
        for (int step = 0; step < steps; step++)
        {
            Touch(owner, random);
            while (random.Next(3) != 0 && owner.TryTakeMessage(message, out int length, out IPv4Address to, Now))
            {
                Keep(message.AsSpan(0, length), to);
            }
        }

        while (owner.TryTakeMessage(message, out int length, out IPv4Address to, Now))
        {
            Keep(message.AsSpan(0, length), to);
        }

        return messages;

        void Keep(ReadOnlySpan<byte> taken, IPv4Address to)
        {
            if (to == owner.Options.Pop.Nodes[1] && taken[3] == (byte)PopMessageKind.Records)
            {
                messages.Add(taken.ToArray());
            }
        }
    }

    private static void Touch(ManagedServiceNode owner, Random random)
    {
        uint vni = random.Next(2) == 0 ? Acme : 1002;
        ushort port = (ushort)(1 + random.Next(30));
        byte[] inner = random.Next(4) switch
        {
            0 => Udp(Site, port, Remote, 53),
            1 => Tcp(Site, port, Remote, 80, TcpFlags.Syn),
            2 => Tcp(Site, port, Remote, 80, TcpFlags.Rst),
            _ => Tcp(Site, port, Remote, 80, TcpFlags.Fin | TcpFlags.Ack),
        };
        PopOptions pop = owner.Options.Pop;
        PopOptions there = pop with { Nodes = [pop.Nodes[owner.Options.Node], .. pop.Nodes.Where((_, other) => other != owner.Options.Node)] };
        int gateway = random.Next(2);
        _ = TunnelPackets.Offer(owner, pop, TunnelPackets.Geneve(there, gateway, vni, inner, TunnelPackets.Options(pop, owner.EpochOf(0), gateway)), out _);
    }

    /// <summary>All flows, by what their tenants call them.</summary>
    private static Dictionary<FlowKey4, (FlowKey4, TcpState, byte)> Described(ManagedServiceNode node)
    {
        var described = new Dictionary<FlowKey4, (FlowKey4, TcpState, byte)>();
        var slice = new FlowHandle[64];
        int cursor = 0;
        do
        {
            int count = node.Flows.Slice(ref cursor, slice);
            foreach (FlowHandle handle in slice.AsSpan(0, count))
            {
                FlowState state = node.Flows.Get(handle, out FlowKey4 inner, out FlowKey4 outer);
                described.Add(inner, (outer, state.Tcp, state.Gateway));
            }
        }
        while (cursor != 0);
        return described;
    }

    private static FlowRecord AnyRecord(Random random)
    {
        bool translated = random.Next(2) == 0;
        uint vni = (uint)random.Next(1, 1 << 24);
        var inner = new FlowKey4(new IPv4Address((uint)random.Next()), new IPv4Address((uint)random.Next()), (IpProtocol)random.Next(256), (ushort)random.Next(65_536), (ushort)random.Next(65_536), vni);
        FlowBits bits = (translated ? FlowBits.Translated : 0) | (random.Next(2) == 0 ? FlowBits.Answered : 0) | (random.Next(2) == 0 ? FlowBits.FromUplink : 0) | (random.Next(2) == 0 ? FlowBits.Published : 0);
        return new FlowRecord
        {
            Vni = vni,
            Inner = inner,
            Outer = translated ? new FlowKey4(inner.Destination, new IPv4Address((uint)random.Next()), inner.Protocol, inner.DestinationPort, (ushort)random.Next(65_536)) : inner.Reversed,
            IdleMilliseconds = (uint)random.Next(),
            IsEnd = random.Next(5) == 0,
            Session = new SessionId((byte)random.Next(256), (ulong)random.NextInt64(), (ulong)random.NextInt64()),
            State = new FlowState
            {
                Version = (ulong)random.NextInt64(),
                Policy = (ushort)random.Next(65_536),
                Cookie = (uint)random.Next(),
                Tcp = (TcpState)random.Next((int)TcpState.Reset + 1),
                Gateway = (byte)random.Next(256),
                Bits = bits,
            },
        };
    }
}
