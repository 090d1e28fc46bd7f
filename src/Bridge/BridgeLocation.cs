namespace Weft.Bridge;

/// <summary>Where a machine is: behind a local port or behind a remote tunnel endpoint. The caller numbers both from 0.</summary>
public readonly struct BridgeLocation : IEquatable<BridgeLocation>
{
    /// <summary>Largest number of a port or tunnel endpoint.</summary>
    public const int MaxIndex = (1 << 16) - 1;

    private const int VtepFlag = 1 << 16;

    private readonly int _code;

    private BridgeLocation(int code) => _code = code;

    /// <summary>A local port.</summary>
    /// <param name="index">0 to <see cref="MaxIndex"/>.</param>
    public static BridgeLocation Port(int index) => new(index & MaxIndex);

    /// <summary>A remote tunnel endpoint.</summary>
    /// <param name="index">0 to <see cref="MaxIndex"/>.</param>
    public static BridgeLocation Vtep(int index) => new(VtepFlag | (index & MaxIndex));

    /// <summary>True for a remote tunnel endpoint, false for a local port.</summary>
    public bool IsVtep => (_code & VtepFlag) != 0;

    /// <summary>Number of the port or of the tunnel endpoint.</summary>
    public int Index => _code & MaxIndex;

    /// <summary>The location in 17 bits.</summary>
    internal int Code => _code;

    /// <summary>The reverse of <see cref="Code"/>.</summary>
    internal static BridgeLocation FromCode(int code) => new(code & (VtepFlag | MaxIndex));

    /// <inheritdoc/>
    public bool Equals(BridgeLocation other) => _code == other._code;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BridgeLocation other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _code;

    /// <summary><c>port 3</c> or <c>vtep 3</c>.</summary>
    public override string ToString() => IsVtep ? $"vtep {Index}" : $"port {Index}";

    /// <summary>True if both are the same place.</summary>
    public static bool operator ==(BridgeLocation left, BridgeLocation right) => left._code == right._code;

    /// <summary>True if they are different places.</summary>
    public static bool operator !=(BridgeLocation left, BridgeLocation right) => left._code != right._code;
}
