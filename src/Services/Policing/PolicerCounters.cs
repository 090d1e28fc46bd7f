namespace Weft.Services;

/// <summary>Packets that a <see cref="Policer"/> has dropped.</summary>
public struct PolicerCounters
{
    /// <summary>Beyond the rate of the machine.</summary>
    public long Machine;

    /// <summary>Beyond the rate of their flow.</summary>
    public long Flow;

    /// <summary>First packets beyond the rate of new flows.</summary>
    public long NewFlows;
}
