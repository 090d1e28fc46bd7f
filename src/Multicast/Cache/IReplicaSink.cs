namespace Weft.Multicast;

/// <summary>
/// Takes replicas, in one of two forms that the sink chooses for each: copied whole into its buffer, or scattered, with a private
/// header in its buffer and the payload shared by all replicas. Implement it as a struct: calls are then direct.
/// </summary>
public interface IReplicaSink
{
    /// <summary>True if the sink may send one buffer more than once: then it is asked by <see cref="TryShare"/> before a replica is written.</summary>
    static virtual bool Shares => false;

    /// <summary>Asks whether a replica can be sent from bytes that are there already; asked only if <see cref="Shares"/> is true.</summary>
    /// <param name="target">Where it goes. Its <see cref="ReplicaTarget.Form"/> says which bytes it has.</param>
    /// <returns>True if the replica is dealt with; false to have it written.</returns>
    bool TryShare(in ReplicaTarget target) => false;

    /// <summary>Asks for room for a replica.</summary>
    /// <param name="target">Where it goes.</param>
    /// <param name="headBytes">Bytes that differ between replicas, and what is before them: at least 12.</param>
    /// <param name="payloadBytes">Bytes behind that are the same in all replicas; 0 if the frame is short.</param>
    /// <param name="room">
    /// At least <paramref name="headBytes"/> bytes to scatter, <paramref name="headBytes"/> + <paramref name="payloadBytes"/> to copy.
    /// </param>
    /// <returns>False if there is none: this replica is dropped and counted, the others are not affected.</returns>
    bool TryBegin(in ReplicaTarget target, int headBytes, int payloadBytes, out Span<byte> room);

    /// <summary>The replica is complete.</summary>
    /// <param name="target">Where it goes.</param>
    /// <param name="written">Bytes written to the room.</param>
    /// <param name="payload">The rest, shared and not to be changed; valid while the original frame is. Empty if it was copied.</param>
    void Commit(in ReplicaTarget target, int written, ReadOnlySpan<byte> payload);
}
