namespace Weft.Ids;

/// <summary>A section of a rule with its buffer as a number.</summary>
internal sealed class CompiledSection(RuleSection section, int buffer)
{
    /// <summary>Number of the buffer, transforms included, in the image.</summary>
    public int Buffer { get; } = buffer;

    public BufferKind Kind { get; } = section.Kind;

    public PayloadCheck[] Checks { get; } = [.. section.Checks];

    public bool IsAbsent { get; } = section.IsAbsent;

    public bool AbsentOrElse { get; } = section.AbsentOrElse;

    /// <summary>True if something is asked of the buffer's beginning, so that it cannot be asked of a later part of it.</summary>
    public bool IsBoundToBeginning { get; } = section.Checks.Any(check => check is Content { IsRelative: false, IsAtPlace: true } or ByteTest { IsRelative: false } or ByteJump { IsRelative: false }
        or ByteExtract { IsRelative: false } or ByteMath { IsRelative: false } or IsDataAt { IsRelative: false } or SizeCheck);

    /// <summary>True if more data could undo a match, so that a body has to be complete.</summary>
    public bool NeedsEnd { get; } = section.Checks.Exists(check => check is Content { IsNegated: true } or Content { EndsWith: true } or IsDataAt { IsNegated: true } or Pcre { IsNegated: true } or SizeCheck);

    /// <summary>True if finding the strings decides: nothing else is asked of them.</summary>
    public bool IsDecidedByStrings { get; } = !section.IsAbsent && !section.AbsentOrElse
        && section.Checks.TrueForAll(check => check is Content { IsAnywhere: true } content && RuleGroupBuilder.IsScannedWhole(content));
}
