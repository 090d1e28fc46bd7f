namespace Weft.Encap;

/// <summary>Something that time did to a path.</summary>
/// <param name="Path">Number of the path.</param>
/// <param name="IsProbe">True if a probe is to be sent, false if the path's MTU changed.</param>
/// <param name="Bytes">Length of the probe as an IP packet, or the MTU now.</param>
/// <param name="Token">What the answer to the probe must carry.</param>
public readonly record struct PathMtuEvent(int Path, bool IsProbe, int Bytes, uint Token);
