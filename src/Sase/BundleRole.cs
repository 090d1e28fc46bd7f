namespace Weft.Sase;

/// <summary>What a node does for a bundle.</summary>
public enum BundleRole : byte
{
    /// <summary>Another node owns it, or nobody does; this one may be told of its flows.</summary>
    Standby,

    /// <summary>This node asked for it and waits for the answer.</summary>
    Activating,

    /// <summary>This node owns it.</summary>
    Active,

    /// <summary>This node owned it when it stood still; it does nothing until a gateway says that it still does.</summary>
    Suspended,
}
