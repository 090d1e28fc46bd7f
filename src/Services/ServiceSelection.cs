namespace Weft.Services;

/// <summary>The services of a flow.</summary>
/// <param name="Forward">Visited by packets of the side that opened it.</param>
/// <param name="Reverse">Visited by packets of the other side.</param>
public readonly record struct ServiceSelection(ServiceMask Forward, ServiceMask Reverse);
