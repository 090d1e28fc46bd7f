namespace Weft.Encap;

/// <summary>What a Geneve header's options say about fragmentation.</summary>
public enum FragmentOptionResult : byte
{
    /// <summary>The packet carries a whole frame.</summary>
    None,

    /// <summary>The packet carries a fragment.</summary>
    Fragment,

    /// <summary>An option runs past the end of the options (RFC 8926 section 3.5).</summary>
    OptionOverrun,

    /// <summary>A critical option that is not ours (RFC 8926 section 3.5).</summary>
    UnknownCriticalOption,

    /// <summary>Our option with another length or version.</summary>
    BadOption,

    /// <summary>Our option twice.</summary>
    Repeated,
}
