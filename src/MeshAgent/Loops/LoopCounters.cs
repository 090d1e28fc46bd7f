namespace Weft.MeshAgent.Loops;

/// <summary>The counters of one loop: its thread writes them, others read them.</summary>
internal sealed class LoopCounters
{
    /// <summary>The values.</summary>
    public MeshAgentCounters Values;
}
