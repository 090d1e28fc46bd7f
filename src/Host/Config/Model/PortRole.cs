namespace Weft.Host.Config;

/// <summary>What part a port plays.</summary>
public enum PortRole
{
    /// <summary>Machines or VLANs: frames are bridged.</summary>
    Access,

    /// <summary>The network that carries tunnels: frames for a local VTEP are decapsulated, all else is dropped or counted.</summary>
    Underlay,

    /// <summary>A link of a bond: its frames are the bond's.</summary>
    Member,

    /// <summary>Somebody who looks: it gets copies from mirrors, and what comes from it is dropped.</summary>
    Monitor,
}
