namespace Weft.Services;

/// <summary>Copies packets for a collector: all, or the first ones of each flow, whole or cut.</summary>
/// <param name="firstPackets">Packets of each flow that are copied; null for all.</param>
/// <param name="snapBytes">Bytes of each that are copied, 64 at least; null for all.</param>
public struct Mirror(int? firstPackets = null, int? snapBytes = null) : IService<MirrorState>
{
    private readonly ulong _most = firstPackets is int most ? (ulong)Math.Max(most, 0) : ulong.MaxValue;
    private readonly int _snap = snapBytes is int snap ? Math.Max(snap, 64) : int.MaxValue;

    /// <inheritdoc/>
    public static ServiceInfo Info { get; } = new() { Kind = "mirror", StateVersion = 1, State = StateKind.Migratable, WhenFailed = FailurePolicy.FailOpen };

    /// <summary>Packets copied.</summary>
    public long Copied { get; private set; }

    /// <summary>Packets that found no room.</summary>
    public long Missed { get; private set; }

    /// <inheritdoc/>
    public readonly string? Explain(in MirrorState state) => $"{state.Copied} copied";

    /// <inheritdoc/>
    public readonly void End(ref MirrorState state)
    {
        // Nothing is held for a flow beside its state.
    }

    /// <inheritdoc/>
    public ServiceVerdict Process(ref ServiceCall call, ref MirrorState state)
    {
        if (state.Copied >= _most)
        {
            return ServiceVerdict.PassAndLeave;
        }

        state.Copied++;
        bool sent = call.TrySend(call.Frame[..Math.Min(call.Frame.Length, _snap)], ServiceOutput.Mirror);
        Copied += sent ? 1 : 0;
        Missed += sent ? 0 : 1;
        return ServiceVerdict.Pass;
    }
}
