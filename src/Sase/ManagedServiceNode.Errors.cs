using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Segments;

namespace Weft.Sase;

/// <summary>How many ICMP errors there may be.</summary>
public sealed partial class ManagedServiceNode
{
    /// <summary>Half of the errors are for whoever needs them: a rate for all of them, of which one takes two.</summary>
    private const int CommonCost = 2;

    /// <summary>By place of a segment: the other half, of which each has an equal share that nobody takes from it.</summary>
    private readonly TokenBucket[] _errorShares;

    private TokenBucket _errors;
    private long _shareCost = CommonCost;

    private void ShareErrors()
    {
        _shareCost = (long)CommonCost * Math.Max(1, _segments.Count);
        _errorShares.AsSpan().Fill(new TokenBucket(_options.ErrorsPerSecond, Math.Max(_options.ErrorsPerSecond, _shareCost), _lastAdvance));
    }

    /// <summary>Counts an error for a tenant: its own share first, then what is for all.</summary>
    private bool MayTellError(Segment segment, Timestamp now) => _errorShares[segment.Slot].TryTake(now, _shareCost) || _errors.TryTake(now, CommonCost);
}
