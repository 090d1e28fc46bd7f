namespace Weft.Host.Observe;

/// <summary>A library that could encrypt.</summary>
/// <param name="Name">Its name, as associations show it.</param>
/// <param name="Description">Version and instruction set, or why it is not used.</param>
/// <param name="Algorithms">Ciphers that it does here.</param>
public sealed record CryptoSnapshot(string Name, string Description, IReadOnlyList<string> Algorithms);
