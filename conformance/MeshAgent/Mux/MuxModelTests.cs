using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.MeshAgent.Mux;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>Two sides of a shared connection beside a dictionary of queues, driven by the same commands over wires that run when they like.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class MuxModelTests
{
    private const int Verbs = 9;
    private const int Credit = 700;

    private static readonly Arbitrary<Command[]> Commands = Arb.From(
        (from verb in Gen.Choose(0, Verbs - 1) from stream in Gen.Choose(0, 9) from size in Gen.Choose(1, 400) select new Command(verb, stream, size))
            .ListOf().Select(list => list.ToArray()),
        commands => Enumerable.Range(0, commands.Length).Select(skip => commands.Where((_, at) => at != skip).ToArray()));

    [Fact]
    public void Every_stream_is_a_pair_of_queues_that_end_once() =>
        Prop.ForAll(Commands, commands => new Run().Agrees(commands)).Check(Chance.Of(400).WithEndSize(300));

    private readonly record struct Command(int Verb, int Stream, int Size);

    /// <summary>What one side should have heard of one stream.</summary>
    private sealed class Queue
    {
        public List<byte> Sent { get; } = [];

        public int Consumed { get; set; }

        public bool IsFinished { get; set; }

        public bool IsReset { get; set; }
    }

    private sealed class Run
    {
        private readonly MuxPair _pair = new(Credit, maxStreams: 6);
        private readonly Dictionary<uint, Queue> _up = [];
        private readonly Dictionary<uint, Queue> _down = [];
        private byte _next;

        public bool Agrees(Command[] commands)
        {
            foreach (Command command in commands)
            {
                Do(command);
                if (_pair.Client.Violation != MuxViolation.None || _pair.Server.Violation != MuxViolation.None || !Prefixes())
                {
                    return false;
                }
            }

            Settle();
            return Whole(_up, _pair.Server) && Whole(_down, _pair.Client) && CountsAgree();
        }

        private void Do(Command command)
        {
            (MuxPair.Side here, MuxPair.Side there, Dictionary<uint, Queue> queues) = command.Stream % 2 == 0
                ? (_pair.Client, _pair.Server, _up)
                : (_pair.Server, _pair.Client, _down);
            if (command.Verb <= 1)
            {
                _ = _pair.Transfer(here, there, command.Size);
                return;
            }

            if (command.Verb == 2)
            {
                if (_pair.Client.Session.CanOpen)
                {
                    uint id = _pair.Client.Open(_up.Count).Id;
                    _up.Add(id, new Queue());
                    _down.Add(id, new Queue());
                }

                return;
            }

            MuxStream? stream = here.Streams.Values.Skip(command.Stream / 2).FirstOrDefault(candidate => !candidate.IsGone);
            if (stream is null || stream.IsReset)
            {
                return;
            }

            Queue queue = queues[stream.Id];
            switch (command.Verb)
            {
                case 3 or 4 when !stream.IsFinished:
                    byte[] sent = here.Send(stream, _next, command.Size);
                    _next += (byte)sent.Length;
                    queue.Sent.AddRange(sent);
                    break;
                case 5:
                    here.Session.Finish(stream);
                    queue.IsFinished = true;
                    break;
                case 6 when here == _pair.Server && !stream.IsAccepted:
                    here.Session.Accept(stream);
                    break;
                case 7 when command.Size < 100:
                    here.Session.Reset(stream, MuxReset.Broken);
                    (_up[stream.Id].IsReset, _down[stream.Id].IsReset) = (true, true);
                    break;
                case 8:
                    Consume(here, stream, (here == _pair.Client ? _down : _up)[stream.Id], command.Size);
                    break;
            }
        }

        private static void Consume(MuxPair.Side side, MuxStream stream, Queue queue, int atMost)
        {
            int bytes = Math.Min(atMost, side.Heard[stream.Id].Count - queue.Consumed);
            if (bytes > 0)
            {
                queue.Consumed += bytes;
                side.Session.Consumed(stream, bytes);
            }
        }

        // Nothing that was heard differs from what was sent, at any time; and nobody has sent more ahead than he may.
        private bool Prefixes() => _up.All(pair => IsPrefix(_pair.Server, pair)) && _down.All(pair => IsPrefix(_pair.Client, pair));

        private static bool IsPrefix(MuxPair.Side hearer, KeyValuePair<uint, Queue> pair) =>
            !hearer.Heard.TryGetValue(pair.Key, out List<byte>? heard)
            || (heard.Count <= pair.Value.Sent.Count && heard.SequenceEqual(pair.Value.Sent.Take(heard.Count)) && heard.Count - pair.Value.Consumed <= Credit);

        private void Settle()
        {
            _pair.Run();
            foreach ((MuxPair.Side side, Dictionary<uint, Queue> queues) in new[] { (_pair.Client, _down), (_pair.Server, _up) })
            {
                foreach (MuxStream stream in side.Streams.Values.Where(stream => !stream.IsGone && !stream.IsReset))
                {
                    Consume(side, stream, queues[stream.Id], int.MaxValue);
                }
            }

            _pair.Run();
        }

        private static bool Whole(Dictionary<uint, Queue> queues, MuxPair.Side hearer) => queues.All(pair =>
            pair.Value.IsReset
            || (hearer.Heard[pair.Key].SequenceEqual(pair.Value.Sent) && hearer.Finished.Contains(pair.Key) == pair.Value.IsFinished && !hearer.Reset.Contains(pair.Key)));

        private bool CountsAgree()
        {
            int alive = _up.Count(pair => !pair.Value.IsReset && !(pair.Value.IsFinished && _down[pair.Key].IsFinished));
            return _pair.Client.Session.Count == alive && _pair.Server.Session.Count == alive
                && !_pair.Client.Session.HasControl && !_pair.Server.Session.HasControl;
        }
    }
}
