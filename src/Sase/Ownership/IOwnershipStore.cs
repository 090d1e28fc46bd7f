using Weft.Packets;

namespace Weft.Sase;

/// <summary>
/// Where it is written who owns which bundle. It compares and exchanges epochs; answers come when they come, and no packet waits for them.
/// </summary>
public interface IOwnershipStore
{
    /// <summary>Asks for a bundle to pass on.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="expected">
    /// The latest epoch that the asker knows of. If the store has a later one, nothing changes: somebody was faster. It may have an earlier one, because
    /// an owner that gateways lost for a moment goes on in a later epoch by itself.
    /// </param>
    /// <param name="next">The epoch that it shall be in, which names the new owner; none to hear what is written, and change nothing.</param>
    /// <param name="now">The time.</param>
    void Request(int bundle, Epoch expected, Epoch next, Timestamp now);

    /// <summary>Takes the next thing that is certain: what somebody asked for and got, or what is true instead.</summary>
    bool TryTake(out OwnershipGrant grant);
}
