using Weft.Services;

namespace Weft.Bench.Services;

/// <summary>The least that a service with state can do.</summary>
public struct Count : IService<CountState>
{
    /// <inheritdoc/>
    public static ServiceInfo Info { get; } = new() { Kind = "count", StateVersion = 1 };

    public readonly void End(ref CountState state)
    {
        // Nothing is held for a flow beside its state.
    }

    /// <inheritdoc/>
    public readonly ServiceVerdict Process(ref ServiceCall call, ref CountState state)
    {
        state.Packets++;
        return ServiceVerdict.Pass;
    }
}
