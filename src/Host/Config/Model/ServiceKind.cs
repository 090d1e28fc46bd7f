namespace Weft.Host.Config;

/// <summary>What a service of a machine does.</summary>
public enum ServiceKind
{
    /// <summary>Follows connections: TCP windows, ICMP errors.</summary>
    Connections,

    /// <summary>Allows and refuses flows by rules.</summary>
    Firewall,

    /// <summary>Gives flows to virtual addresses to servers.</summary>
    LoadBalancer,

    /// <summary>Drops what exceeds a rate.</summary>
    Policer,

    /// <summary>Copies packets for a collector.</summary>
    Mirror,

    /// <summary>Compares packets with rules of intrusion detection.</summary>
    Ids,

    /// <summary>Is in processes of its own.</summary>
    Container,

    /// <summary>Encrypts what goes to other machines, with ESP.</summary>
    Encryption,
}
