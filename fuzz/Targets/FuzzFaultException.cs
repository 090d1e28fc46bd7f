namespace Weft.Fuzz.Targets;

/// <summary>An answer that must not be.</summary>
public sealed class FuzzFaultException(string message) : Exception(message);
