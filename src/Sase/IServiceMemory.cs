using Weft.Packets;

namespace Weft.Sase;

/// <summary>
/// What the services of a chain remember of tenants' flows, for the node that has to go on with them. A chain that is one is asked by the owner for what has
/// changed, ten times a second and for each flow that begins, and the backup's is told of it, in order. What it says is its own affair.
/// </summary>
public interface IServiceMemory
{
    /// <summary>Most octets of one saying.</summary>
    const int MaxBytes = Ownership.MemoryChunk.MaxBytes;

    /// <summary>Begins to note what changes for a tenant, everything that is known included, and says what it is that is remembered.</summary>
    /// <param name="vni">The tenant.</param>
    /// <param name="into"><see cref="MaxBytes"/> bytes.</param>
    /// <returns>Bytes written; 0 if the tenant has no services that remember anything, or they cannot be told of.</returns>
    int Begin(uint vni, Span<byte> into);

    /// <summary>Says what has changed since it was said last.</summary>
    /// <param name="vni">The tenant.</param>
    /// <param name="into"><see cref="MaxBytes"/> bytes.</param>
    /// <param name="now">The time.</param>
    /// <returns>Bytes written; 0 if nothing is left.</returns>
    int Tell(uint vni, Span<byte> into, Timestamp now);

    /// <summary>Says what is remembered of one flow, ahead of its turn.</summary>
    /// <param name="vni">The tenant.</param>
    /// <param name="flow">The flow by the tenant's own addresses, in either direction.</param>
    /// <param name="into"><see cref="MaxBytes"/> bytes.</param>
    /// <param name="now">The time.</param>
    /// <returns>Bytes written; 0 if nothing is.</returns>
    int Tell(uint vni, in FlowKey4 flow, Span<byte> into, Timestamp now);

    /// <summary>Takes what the owner said.</summary>
    /// <param name="vni">The tenant.</param>
    /// <param name="isFirst">True for what <see cref="Begin"/> said: everything that is known from before is forgotten.</param>
    /// <param name="said">What it said.</param>
    /// <param name="now">The time.</param>
    /// <returns>False if it cannot be taken, because the services here are others, for example.</returns>
    bool TryTake(uint vni, bool isFirst, ReadOnlySpan<byte> said, Timestamp now);
}
