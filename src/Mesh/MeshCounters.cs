namespace Weft.Mesh;

/// <summary>What a <see cref="MeshTranslator"/> did. Every packet is counted once as passed, translated one of four ways, or dropped for one reason.</summary>
public struct MeshCounters
{
    /// <summary>Packets that are none of the mesh's.</summary>
    public long Passed;

    /// <summary>Packets of client applications for the agent.</summary>
    public long Redirected;

    /// <summary>Packets of the agent for client applications.</summary>
    public long Unredirected;

    /// <summary>Packets of the agent for server applications.</summary>
    public long Restored;

    /// <summary>Packets of server applications for the agent.</summary>
    public long Unrestored;

    /// <summary>Of the translated packets, ICMP errors.</summary>
    public long Errors;

    /// <summary>Connections that local applications opened.</summary>
    public long RedirectFlows;

    /// <summary>Connections that the agent opened to local applications.</summary>
    public long RestoreFlows;

    /// <summary>Connections that a new one with the same addresses and ports followed before they were forgotten.</summary>
    public long Reused;

    /// <summary>Connections that were forgotten because they were idle or closed.</summary>
    public long Expired;

    /// <summary>Plans that were put in place of others.</summary>
    public long Swaps;

    /// <summary>Packets dropped: <see cref="MeshDropReason.Malformed"/>.</summary>
    public long Malformed;

    /// <summary>Packets dropped: <see cref="MeshDropReason.Fragment"/>.</summary>
    public long Fragments;

    /// <summary>Packets dropped: <see cref="MeshDropReason.LoopbackLeak"/>.</summary>
    public long LoopbackLeaks;

    /// <summary>Packets dropped: <see cref="MeshDropReason.SpoofedLoopback"/>.</summary>
    public long SpoofedLoopbacks;

    /// <summary>Packets dropped: <see cref="MeshDropReason.NoRecord"/>.</summary>
    public long NoRecord;

    /// <summary>Packets dropped: <see cref="MeshDropReason.TableFull"/>.</summary>
    public long TableFull;

    /// <summary>Packets dropped: <see cref="MeshDropReason.Clash"/>.</summary>
    public long Clashes;

    /// <summary>Packets dropped: <see cref="MeshDropReason.Plaintext"/>.</summary>
    public long Plaintext;

    /// <summary>Packets dropped, for whichever reason.</summary>
    public readonly long Dropped =>
        Malformed + Fragments + LoopbackLeaks + SpoofedLoopbacks + NoRecord + TableFull + Clashes + Plaintext;
}
