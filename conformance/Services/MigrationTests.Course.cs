using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>A machine that moves, played beside one that stays.</summary>
public sealed partial class MigrationTests
{
    /// <summary>Plays one stream of packets to a machine that stays and to one that moves meanwhile, once or several times.</summary>
    private static Outcome Run(int seed, bool givesUp, double loss = 0.25)
    {
        var random = new Random(seed);
        var hops = new List<Hop>();
        var hosts = new List<ServiceSet> { Make(Services) };
        using ServiceSet stays = Make(Services);
        var held = new Queue<(ServiceDirection Direction, byte[] Frame)>();
        var expected = new List<(ServiceAction, byte[])>();
        var actual = new List<(ServiceAction, byte[])>();
        Timestamp now = Start;
        ServiceSet owner = hosts[0];
        bool twice = false;
        int most = random.Next(1, 4), begins = random.Next(10, 80), givesUpAt = int.MaxValue;
        for (int step = 0; step < 4400 && (step < 400 || !hops[^1].IsOver); step++)
        {
            now += TimeSpan.FromMilliseconds(3);
            if (step == begins)
            {
                hosts.Add(Make(Services));
                hops.Add(new Hop(owner, hosts[^1], hops.Count, random, loss, now));
                givesUpAt = givesUp ? step + random.Next(40) : int.MaxValue;
            }

            if (step < 400)
            {
                (ServiceDirection direction, byte[] frame) = Invent(random, step);
                (ServiceResult result, byte[] output) = Send(stays, direction, frame, now);
                expected.Add((result.Action, output));
                held.Enqueue((direction, frame));
            }

            Offer(held, owner, actual, now);
            if (step == givesUpAt)
            {
                _ = hops[^1].Source.TryCancel();
            }

            for (int burst = 0; burst < 3; burst++)
            {
                foreach (Hop hop in hops)
                {
                    // What is late of moves that are over has no effect either.
                    hop.Exchange(now);
                    twice |= hosts.Count(host => !host.IsFrozen) > 1;
                }
            }

            if (step >= begins && hops[^1].IsOver)
            {
                owner = hops[^1].Owner;
                begins = hops.Count < most && step < 380 ? step + random.Next(1, 60) : int.MaxValue;
            }
        }

        Offer(held, owner, actual, now);
        var outcome = new Outcome(
            expected.Count == actual.Count && expected.Zip(actual).All(pair => pair.First.Item1 == pair.Second.Item1 && pair.First.Item2.AsSpan().SequenceEqual(pair.Second.Item2)),
            twice,
            hops.TrueForAll(hop => hop.IsOver && (givesUp || hop.Source.State == MigrationState.Moved)),
            Records(stays, now, isAnywhere: true).SequenceEqual(Records(owner, now, isAnywhere: true)),
            hops.Count(hop => hop.Source.State == MigrationState.Moved),
            hops.Where(hop => hop.Source.State == MigrationState.Moved).Sum(hop => hop.From.FlowCount),
            owner.FlowCount);
        hosts.ForEach(host => host.Dispose());
        return outcome;
    }

    /// <summary>
    /// What a set remembers of its flows, as it exports it; if <paramref name="isAnywhere"/>, without the places where it lies and the silence of flows, because packets that were held came later.
    /// </summary>
    private static List<string> Records(ServiceSet set, Timestamp now, bool isAnywhere = false)
    {
        var records = new List<string>();
        byte[] chunk = new byte[64 * 1024];
        set.BeginExport();
        for (int length = set.Export(chunk, now); length > 0; length = set.Export(chunk, now))
        {
            for (Span<byte> left = chunk.AsSpan(0, length); !left.IsEmpty;)
            {
                Span<byte> record = left[..(RecordHead + BinaryPrimitives.ReadUInt16LittleEndian(left[5..]))];
                left = left[record.Length..];
                if (isAnywhere && record.Length > RecordHead)
                {
                    record[1..5].Clear();
                    record.Slice(RecordHead + 2 * Unsafe.SizeOf<FlowKey4>() + 16, 4).Clear();
                }

                if (!isAnywhere || record.Length > RecordHead)
                {
                    records.Add(Convert.ToHexString(record));
                }
            }
        }

        set.EndExport();
        if (isAnywhere)
        {
            records.Sort(StringComparer.Ordinal);
        }

        return records;
    }

    private static void Offer(Queue<(ServiceDirection Direction, byte[] Frame)> held, ServiceSet owner, List<(ServiceAction, byte[])> outputs, Timestamp now)
    {
        while (held.TryPeek(out (ServiceDirection Direction, byte[] Frame) packet))
        {
            (ServiceResult result, byte[] output) = Send(owner, packet.Direction, packet.Frame, now);
            if (result.Action == ServiceAction.Hold)
            {
                return;
            }

            _ = held.Dequeue();
            outputs.Add((result.Action, output));
        }
    }

    /// <summary>Packets of a few flows that open, talk, and are answered, and some that belong to none.</summary>
    private static (ServiceDirection Direction, byte[] Frame) Invent(Random random, int step)
    {
        ushort port = (ushort)(1000 + random.Next(0, 30));
        return random.Next(0, 6) switch
        {
            0 => (ServiceDirection.FromMachine, Udp(Machine, port, Remote, 53)),
            1 => (ServiceDirection.ToMachine, Udp(Remote, 53, Machine, port)),
            2 => (ServiceDirection.FromMachine, Udp(Machine, port, Virtual, 53)),
            3 => (ServiceDirection.ToMachine, Udp(new IPv4Address(0x0A010001u + (uint)random.Next(0, 5)), 5353, Machine, port)),
            4 => (ServiceDirection.FromMachine, Tcp(Machine, port, Remote, 80, step % 2 == 0 ? TcpFlags.Syn : TcpFlags.Ack, 1000, 5001, payload: step % 2 * 10)),
            _ => (ServiceDirection.ToMachine, Tcp(Remote, 80, Machine, port, step % 2 == 0 ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Ack, step % 2 == 0 ? 5000u : 5001u, 1001)),
        };
    }

    /// <param name="Agrees">Each packet came out as of the machine that stays.</param>
    /// <param name="Twice">Two hosts served the machine at a time.</param>
    /// <param name="Ended">Every move succeeded, or was given up on request.</param>
    /// <param name="SameState">The last owner remembers what the machine that stays does.</param>
    /// <param name="Moves">Moves that succeeded.</param>
    /// <param name="FlowsLeft">Flows at hosts that the machine has left.</param>
    /// <param name="Flows">Flows at the last owner.</param>
    private sealed record Outcome(bool Agrees, bool Twice, bool Ended, bool SameState, int Moves, int FlowsLeft, int Flows)
    {
        public bool Holds => Agrees && !Twice && Ended && SameState && FlowsLeft == 0;
    }

    /// <summary>One move, over a network that loses, doubles and reorders messages.</summary>
    private sealed class Hop
    {
        private readonly byte[] _send = new byte[Move.MessageBytes];
        private readonly ServiceSet _to;
        private readonly MigrationTarget _target;
        private readonly Way _toTarget;
        private readonly Way _toSource;

        public Hop(ServiceSet from, ServiceSet to, int number, Random random, double loss, Timestamp now)
        {
            MigrationOptions options = Move with
            {
                Id = Move.Id + (ulong)number,
                Epoch = Move.Epoch + (ulong)number,
                Timeout = TimeSpan.FromSeconds(60),
                FreezeBudget = TimeSpan.FromSeconds(60),
            };
            (From, _to) = (from, to);
            (Source, _target) = (new MigrationSource(from, options, now), new MigrationTarget(to, options, now));
            (_toTarget, _toSource) = (new Way(random, loss), new Way(random, loss));
        }

        public ServiceSet From { get; }

        public MigrationSource Source { get; }

        public bool IsOver => Source.State is MigrationState.Moved or MigrationState.Aborted;

        public ServiceSet Owner => Source.State == MigrationState.Moved ? _to : From;

        public void Exchange(Timestamp now)
        {
            _toTarget.Send(_send, Source.Step(_toSource.Receive(), now, _send));
            _toSource.Send(_send, _target.Step(_toTarget.Receive(), now, _send));
            if (_target.State == MigrationState.Committing)
            {
                _target.Claimed(true);
            }
        }
    }

    private sealed class Way(Random random, double loss)
    {
        private readonly List<byte[]> _messages = [];

        public void Send(byte[] buffer, int length)
        {
            if (length == 0 || random.NextDouble() < loss)
            {
                return;
            }

            _messages.Add(buffer[..length]);
            if (random.NextDouble() < loss)
            {
                _messages.Add(buffer[..length]);
            }
        }

        public ReadOnlySpan<byte> Receive()
        {
            if (_messages.Count == 0)
            {
                return [];
            }

            int at = random.NextDouble() < loss ? random.Next(0, _messages.Count) : 0;
            byte[] message = _messages[at];
            _messages.RemoveAt(at);
            return message;
        }
    }
}
