namespace Weft.Services;

/// <summary>A packet that a container has.</summary>
/// <param name="Slot">Where it lies.</param>
/// <param name="Ticket">Tells it from earlier packets in the same place.</param>
/// <param name="Length">Its length.</param>
/// <param name="Direction">Which way it goes.</param>
public readonly record struct ContainerRequest(int Slot, uint Ticket, int Length, ServiceDirection Direction);
