namespace Weft.Services;

/// <summary>What became of one packet.</summary>
/// <param name="Action">What the caller does with it.</param>
/// <param name="Reason">Why it did not go on.</param>
/// <param name="Service">The service that ended its way, by its place in the set; -1 if none did.</param>
/// <param name="Visited">The services that saw it.</param>
public readonly record struct ServiceResult(ServiceAction Action, ServiceReason Reason, sbyte Service, ServiceMask Visited);
