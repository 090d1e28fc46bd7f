using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// Tells senders that their packets were rejected, no more often than a machine may (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 f): whoever floods
/// in another's name would have this machine flood that one with answers.
/// </summary>
internal sealed class Rejections(int perSecond, Timestamp start)
{
    private TokenBucket _limit = new(perSecond, perSecond, start);

    /// <summary>Senders told.</summary>
    public long Told { get; private set; }

    /// <summary>Senders not told because too many were, or because the burst had no room left.</summary>
    public long Spared { get; private set; }

    /// <summary>Answers a packet on the side that it came from. False if it must not be answered, or too many were.</summary>
    public bool TryTell(ReadOnlySpan<byte> frame, in PacketLayout layout, in ServiceBurst burst)
    {
        Span<byte> answer = stackalloc byte[Rejection.MaxBytes];
        int length = Rejection.Write(frame, layout, answer);
        if (length == 0)
        {
            return false;
        }

        bool told = _limit.TryTake(burst.Now, 1)
            && burst.Outbox.TryAdd(answer[..length], burst.Direction == ServiceDirection.FromMachine ? ServiceOutput.ToMachine : ServiceOutput.FromMachine);
        _ = told ? Told++ : Spared++;
        return told;
    }
}
