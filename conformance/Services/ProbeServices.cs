using Weft.Services;

namespace Weft.Conformance.ServicesTests;

/// <summary>What <see cref="Probe"/> remembers of a flow.</summary>
internal struct ProbeState
{
    public long Packets;
}

/// <summary>Notes its visits, and does on request what services may do.</summary>
internal struct Probe(string name, List<string> log, Func<byte[], ServiceVerdict>? decide = null) : IService<ProbeState>
{
    public static ServiceInfo Info { get; } = new() { Kind = "probe", StateVersion = 1 };

    public ServiceVerdict Process(ref ServiceCall call, ref ProbeState state)
    {
        state.Packets++;
        log.Add(call.IsFirst ? $"{name}*" : name);
        return decide?.Invoke(call.Frame.ToArray()) ?? ServiceVerdict.Pass;
    }

    public readonly void End(ref ProbeState state) => log.Add($"end {name} {state.Packets}");
}

/// <summary>A clock that services of a test put forward.</summary>
internal sealed class StepClock : IServiceClock
{
    public long Ticks { get; set; }
}
