using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// Drops what exceeds a rate: of the machine in either direction, of each flow, of new flows. Octets are those of the IP packet, so
/// that the rate is the one that users measure.
/// </summary>
/// <remarks>On a new host every bucket starts full: a bucket counts from a moment of its own host's clock.</remarks>
public struct Policer : IService<PolicerState>
{
    private readonly PolicerOptions _options;
    private readonly bool _limitsFrom;
    private readonly bool _limitsTo;
    private readonly bool _limitsNew;
    private TokenBucket _from;
    private TokenBucket _to;
    private TokenBucket _new;
    private PolicerCounters _counters;

    /// <summary>Creates a policer with full buckets.</summary>
    /// <param name="options">The rates.</param>
    /// <param name="start">The time from which on tokens accrue.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate is outside its range.</exception>
    public Policer(PolicerOptions options, Timestamp start)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        (_limitsFrom, _limitsTo, _limitsNew) = (options.FromMachineBitsPerSecond is not null, options.ToMachineBitsPerSecond is not null, options.FlowsPerSecond is not null);
        _from = options.BytesOf(options.FromMachineBitsPerSecond ?? 0, start);
        _to = options.BytesOf(options.ToMachineBitsPerSecond ?? 0, start);
        _new = new TokenBucket(options.FlowsPerSecond ?? 0, Math.Max(1, (long)((options.FlowsPerSecond ?? 0) * options.Burst.TotalSeconds)), start);
    }

    /// <inheritdoc/>
    public static ServiceInfo Info { get; } = new() { Kind = "policer", StateVersion = 1, State = StateKind.Rebuildable, WhenFailed = FailurePolicy.FailOpen };

    /// <summary>Packets dropped because of a rate of the machine, of their flow, or of new flows.</summary>
    public readonly PolicerCounters Counters => _counters;

    /// <inheritdoc/>
    public readonly void End(ref PolicerState state)
    {
        // Nothing is held for a flow beside its state.
    }

    /// <inheritdoc/>
    public ServiceVerdict Process(ref ServiceCall call, ref PolicerState state)
    {
        int octets = call.Layout.EndOffset - call.Layout.L3Offset;
        bool fromMachine = call.Direction == ServiceDirection.FromMachine;
        ServiceVerdict verdict = ServiceVerdict.Drop;
        if (_limitsNew && call.IsFirst && !_new.TryTake(call.Now, 1))
        {
            _counters.NewFlows++;
        }
        else if (_options.FlowBitsPerSecond is long rate && !TryTake(ref call.IsForward ? ref state.Forward : ref state.Reverse, rate, octets, call.Now))
        {
            _counters.Flow++;
        }
        else if ((fromMachine ? _limitsFrom : _limitsTo) && !(fromMachine ? ref _from : ref _to).TryTake(call.Now, octets))
        {
            _counters.Machine++;
        }
        else
        {
            verdict = ServiceVerdict.Pass;
        }

        call.Reason = verdict == ServiceVerdict.Drop ? ServiceReason.RateExceeded : ServiceReason.None;
        return verdict;
    }

    private readonly bool TryTake(ref TokenBucket bucket, long bitsPerSecond, int octets, Timestamp now)
    {
        // A flow that begins starts with a full bucket.
        if (bucket.TokensPerSecond != bitsPerSecond / 8)
        {
            bucket = _options.BytesOf(bitsPerSecond, now);
        }

        return bucket.TryTake(now, octets);
    }
}
