namespace Weft.Ids;

/// <summary>An image with the memory that one thread needs to compare with it.</summary>
internal sealed class ImageScratch(RuleImage image, CompletionDesign design)
{
    public RuleImage Image => image;

    public RuleCompletion Completion { get; } = new(image.Groups, design);

    public Candidates Candidates { get; } = new(image.RuleCount);

    /// <summary>Candidates of messages, which are looked at while those of streams wait.</summary>
    public Candidates MessageCandidates { get; } = new(image.RuleCount);

    /// <summary>What was found in the packet while what was found in its stream is looked at.</summary>
    public RuleCompletion PacketCompletion { get; } = new(image.Groups, design);

    public RuleCompletion MessageCompletion { get; } = new(image.Groups, design);
}
