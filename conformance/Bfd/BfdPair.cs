using Weft.Bfd;
using Weft.Packets;

namespace Weft.Conformance.BfdTests;

/// <summary>Two sessions and the wire between them, on a clock of our own.</summary>
internal sealed class BfdPair
{
    private readonly List<(Timestamp At, bool ToLeft, byte[] Bytes)> _wire = [];
    private readonly byte[] _buffer = new byte[BfdControlPacket.MinLength];

    public BfdPair(BfdSessionOptions left, BfdSessionOptions right)
    {
        Left = new BfdSession(left, Now);
        Right = new BfdSession(right, Now);
    }

    public BfdSession Left { get; }

    public BfdSession Right { get; }

    public Timestamp Now { get; private set; } = Timestamp.FromMilliseconds(5000);

    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Says whether a packet is lost; gets whether it goes to the left.</summary>
    public Func<bool, bool> Lost { get; set; } = _ => false;

    public List<(Timestamp At, BfdControlPacket Packet)> SentByLeft { get; } = [];

    public List<(Timestamp At, BfdEvent Change)> LeftEvents { get; } = [];

    public List<(Timestamp At, BfdEvent Change)> RightEvents { get; } = [];

    /// <summary>Runs the world for a while, event by event.</summary>
    public void Run(TimeSpan span)
    {
        Timestamp end = Now + span;
        while (true)
        {
            Send(Left, toLeft: false);
            Send(Right, toLeft: true);
            Take(Left, LeftEvents);
            Take(Right, RightEvents);
            Timestamp next = Left.NextDue < Right.NextDue ? Left.NextDue : Right.NextDue;
            foreach ((Timestamp at, _, _) in _wire)
            {
                next = at < next ? at : next;
            }

            if (next > end)
            {
                Now = end;
                return;
            }

            Now = next < Now ? Now : next;
            foreach ((Timestamp at, bool toLeft, byte[] bytes) in _wire.Where(packet => packet.At <= Now).ToArray())
            {
                _wire.Remove((at, toLeft, bytes));
                (toLeft ? Left : Right).Receive(bytes, 255, Now);
            }
        }
    }

    private void Take(BfdSession session, List<(Timestamp, BfdEvent)> events)
    {
        if (session.TryTakeEvent(out BfdEvent change))
        {
            events.Add((Now, change));
        }
    }

    private void Send(BfdSession session, bool toLeft)
    {
        while (session.TryPoll(Now, out BfdControlPacket packet))
        {
            packet.Write(_buffer);
            if (!toLeft)
            {
                SentByLeft.Add((Now, packet));
            }

            if (!Lost(toLeft))
            {
                _wire.Add((Now + Delay, toLeft, [.. _buffer]));
            }
        }
    }
}
