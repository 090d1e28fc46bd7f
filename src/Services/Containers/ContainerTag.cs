using Weft.Flows;

namespace Weft.Services;

/// <summary>What a host knows of a packet that is with a container.</summary>
/// <param name="Flow">Its flow; none while the flow is not remembered yet.</param>
/// <param name="Direction">Which way it goes.</param>
/// <param name="IsIPv6">Its family.</param>
public readonly record struct ContainerTag(FlowHandle Flow, ServiceDirection Direction, bool IsIPv6);
