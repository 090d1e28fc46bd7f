namespace Weft.Sase;

/// <summary>What is to be done with a packet.</summary>
public enum SaseAction : byte
{
    /// <summary>Nothing: it ends here, and <see cref="SaseVerdict.Drop"/> says why.</summary>
    Drop,

    /// <summary>It is in a tunnel now: route it on the underlay.</summary>
    ToTunnel,

    /// <summary>It left its tunnel: route it for its tenant, on the side of the sites.</summary>
    ToTenant,

    /// <summary>It left its tunnel with a public source: route it to the Internet.</summary>
    ToUplink,

    /// <summary>It did not enter a tunnel, since no node has been alive for long: route it for its tenant as if there were no services.</summary>
    Bypass,

    /// <summary>
    /// It waits, and the engine has a copy: a fragment for the first one of its datagram (<see cref="ManagedServiceNode.TryTakeHeld"/>), the first packet of a
    /// flow for the backup's word that it knows the flow (<see cref="ManagedServiceNode.TryTakeCommitted"/>).
    /// </summary>
    Held,

    /// <summary>It was for the engine itself.</summary>
    Consumed,
}
