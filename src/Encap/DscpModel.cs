namespace Weft.Encap;

/// <summary>What becomes of the outer header's code point where a frame comes out of its tunnel (RFC 2983 section 3).</summary>
public enum DscpModel : byte
{
    /// <summary>It has served the tunnel and is forgotten: the inner packet keeps its own.</summary>
    Pipe,

    /// <summary>The tunnel is as if it were not there: an inner IP packet gets the code point that its outer header has by now.</summary>
    Uniform,
}
