using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// Where a host gets blocks of ports from, and gives them back to: a plan that never changes, a pool in this process
/// (<see cref="PortBlockPool"/>), or a service that all hosts of a network share. A lease has an epoch, and each lease of a block has a larger
/// one than that before.
/// </summary>
/// <remarks>
/// No method waits: what was asked is answered by <see cref="TryTakeAnswer"/> when the answer is there. A block that was given back or
/// whose lease ended is given to another host only after its quarantine, in which packets of its old flows die out.
/// </remarks>
public interface IPortBlockLeases
{
    /// <summary>Asks for one more block; answered by <see cref="LeaseAnswerKind.Granted"/> or <see cref="LeaseAnswerKind.Denied"/>.</summary>
    /// <param name="preferred">A shared address that the host has blocks of already and wants more of, if it can be; 0.0.0.0 for none.</param>
    /// <param name="now">The time.</param>
    void Request(IPv4Address preferred, Timestamp now);

    /// <summary>Asks for a longer lease; answered by <see cref="LeaseAnswerKind.Renewed"/> or <see cref="LeaseAnswerKind.Lost"/>.</summary>
    /// <param name="block">The block with the epoch of its lease.</param>
    /// <param name="now">The time.</param>
    void Renew(PortBlock block, Timestamp now);

    /// <summary>Gives a block back. Not answered.</summary>
    /// <param name="block">The block with the epoch of its lease.</param>
    /// <param name="now">The time.</param>
    void Release(PortBlock block, Timestamp now);

    /// <summary>Takes the next answer, in the order in which they came.</summary>
    /// <param name="now">The time.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>False if there is none yet.</returns>
    bool TryTakeAnswer(Timestamp now, out LeaseAnswer answer);
}
