namespace Weft.Ports;

/// <summary>Which end of a memif a port is.</summary>
public enum MemifRole
{
    /// <summary>Connects, and brings the memory: the slave of version 1 of the protocol.</summary>
    Client,

    /// <summary>Listens, and uses the memory of whoever connects, which it trusts in nothing: the master.</summary>
    Server,
}
