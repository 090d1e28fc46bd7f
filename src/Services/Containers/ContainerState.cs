namespace Weft.Services;

/// <summary>What a set remembers of a flow for a service in another process: packets given to it. The service keeps its own state.</summary>
public struct ContainerState
{
    internal ulong Packets;
}
