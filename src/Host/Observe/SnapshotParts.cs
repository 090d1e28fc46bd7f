namespace Weft.Host.Observe;

/// <summary>The parts of a <see cref="SwitchSnapshot"/> that cost more than a handful of records; unwanted ones stay empty.</summary>
[Flags]
public enum SnapshotParts
{
    /// <summary>Totals, ports, stages, drops and segments only.</summary>
    None = 0,

    /// <summary>The filtering database.</summary>
    Fdb = 1,

    /// <summary>Neighbours of tunnel endpoints and of routers.</summary>
    Neighbors = 2,

    /// <summary>Suppression bindings.</summary>
    Bindings = 4,

    /// <summary>Who listens to which multicast group.</summary>
    MulticastGroups = 8,

    /// <summary>Remembered multicast flows with their actions.</summary>
    MulticastFlows = 16,

    /// <summary>Routes of virtual routers.</summary>
    Routes = 32,

    /// <summary>Mappings and sessions of address translation.</summary>
    NatSessions = 64,

    /// <summary>All flows of address translation and load balancers in the form that another switch takes over.</summary>
    FlowExport = 128,

    /// <summary>Flows of load balancers, a thousand of each table at most.</summary>
    LbFlows = 256,

    /// <summary>All flows of machines with services, in the form that another switch takes over.</summary>
    MachineFlows = 512,

    /// <summary>Connections of a mesh.</summary>
    MeshFlows = 1024,

    /// <summary>Connections of stateful access lists.</summary>
    AclConnections = 2048,

    /// <summary>Everything.</summary>
    All = AclConnections | MeshFlows | Fdb | Neighbors | Bindings | MulticastGroups | MulticastFlows | Routes | NatSessions | FlowExport | LbFlows | MachineFlows,
}
