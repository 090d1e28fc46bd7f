namespace Weft.Host.Datapath.Protection;

/// <summary>Why the switch shut a port. Values are kept in states of switches.</summary>
internal enum ShutdownCause
{
    /// <summary>It is open.</summary>
    None,

    /// <summary>A machine that may not be behind the port sent from there.</summary>
    PortSecurity,

    /// <summary>There is a loop behind the port.</summary>
    Loop,
}
