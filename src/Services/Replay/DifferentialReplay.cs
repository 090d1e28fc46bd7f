using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// Sends the same packets through two sets, one with the services as they are and one as they are to be, and says where they do not agree: before
/// a change of rules or of a version counts, its effect on real packets is known.
/// </summary>
/// <remarks>For tools: packets are copied. Both sets see the packets as they came; neither changes what the caller has.</remarks>
/// <param name="before">The services as they are.</param>
/// <param name="after">The services as they are to be.</param>
/// <param name="most">Divergences that are kept; others are counted.</param>
public sealed class DifferentialReplay(ServiceSet before, ServiceSet after, int most = 100)
{
    private const int MaxFrame = 65_535;

    private readonly PacketBatch _left = new(1, MaxFrame);
    private readonly PacketBatch _right = new(1, MaxFrame);
    private readonly List<Divergence> _found = [];

    /// <summary>Packets replayed.</summary>
    public long Packets { get; private set; }

    /// <summary>Packets about which the sets did not agree.</summary>
    public long Diverged { get; private set; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<Divergence> Found => _found;

    /// <summary>Sends a packet through both sets.</summary>
    /// <param name="frame">The packet from its Ethernet header, 65,535 bytes at most.</param>
    /// <param name="direction">Which way it goes.</param>
    /// <param name="now">The time.</param>
    /// <returns>True if they agree: the same action and reason, the same bytes, the same packets sent beside it.</returns>
    /// <exception cref="ArgumentException">The packet is too long.</exception>
    public bool Process(ReadOnlySpan<byte> frame, ServiceDirection direction, Timestamp now)
    {
        ServiceResult old = Run(before, _left, frame, direction, now);
        ServiceResult next = Run(after, _right, frame, direction, now);
        long number = Packets++;
        bool goesOn = old.Action == ServiceAction.Forward;
        bool agrees = (old.Action, old.Reason) == (next.Action, next.Reason) && (!goesOn || _left.Bytes(0).SequenceEqual(_right.Bytes(0))) && SentAlike();
        if (!agrees && Diverged++ < most)
        {
            _found.Add(new Divergence(number, direction, old, next, goesOn ? _left.Bytes(0).ToArray() : [], next.Action == ServiceAction.Forward ? _right.Bytes(0).ToArray() : []));
        }

        return agrees;
    }

    private static ServiceResult Run(ServiceSet set, PacketBatch batch, ReadOnlySpan<byte> frame, ServiceDirection direction, Timestamp now)
    {
        batch.Clear();
        if (!batch.TryAdd(frame))
        {
            throw new ArgumentException($"The packet has {frame.Length} bytes; at most {MaxFrame} are allowed.", nameof(frame));
        }

        ServiceResult result = default;
        set.Process(ref batch, direction, new Span<ServiceResult>(ref result), now);
        _ = set.Advance(now);
        return result;
    }

    private bool SentAlike()
    {
        while (true)
        {
            bool left = before.Outbox.TryTake(out ReadOnlySpan<byte> one, out ServiceOutput to);
            bool right = after.Outbox.TryTake(out ReadOnlySpan<byte> other, out ServiceOutput where);
            if (!left || !right)
            {
                return left == right;
            }

            if (to != where || !one.SequenceEqual(other))
            {
                return false;
            }
        }
    }
}
