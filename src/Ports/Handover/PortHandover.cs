namespace Weft.Ports;

/// <summary>What another process needs to use the device of a port that goes on here for the moment: see <see cref="IHandoverPort"/>.</summary>
/// <param name="Driver">Which kind of port offers it.</param>
/// <param name="Layout">What the port has to know of the descriptors: the device, which attachment to it this is, the shape of its memory. Opaque.</param>
/// <param name="Descriptors">Open descriptors, in the order that the driver wants. Whoever passes them on sends copies; whoever gets them owns them.</param>
public sealed record PortHandover(string Driver, IReadOnlyList<long> Layout, IReadOnlyList<int> Descriptors);
