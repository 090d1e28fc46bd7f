namespace Weft.Host.Observe;

/// <summary>A machine of a mesh.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Number">Its number.</param>
/// <param name="Identity">Its SPIFFE ID.</param>
/// <param name="Addresses">Addresses of its applications.</param>
/// <param name="Tunnel">Where its agent accepts TLS.</param>
/// <param name="Ports">What its applications serve, such as <c>tcp/443</c>.</param>
public sealed record MeshMachineSnapshot(string Name, int Number, string Identity, IReadOnlyList<string> Addresses, string Tunnel, IReadOnlyList<string> Ports);
