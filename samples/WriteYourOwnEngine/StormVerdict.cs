namespace Weft.Samples.WriteYourOwnEngine;

/// <summary>What becomes of a frame.</summary>
public enum StormVerdict
{
    /// <summary>It goes on.</summary>
    Pass,

    /// <summary>Drop it: too many broadcasts.</summary>
    Limited,
}
