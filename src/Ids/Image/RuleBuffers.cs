namespace Weft.Ids;

/// <summary>One buffer that rules of an image look at: a kind, and what is done to its bytes first.</summary>
internal sealed record ImageBuffer(BufferKind Kind, Transform[] Transforms);

/// <summary>Gives numbers to buffers, equal ones the same.</summary>
internal sealed class RuleBuffers
{
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);
    private readonly List<ImageBuffer> _buffers = [];

    public IReadOnlyList<ImageBuffer> All => _buffers;

    public int NumberOf(RuleSection section)
    {
        string key = string.Join('|', section.Transforms.Select(transform => transform.ToString()).Prepend(section.Kind.ToString()));
        if (!_known.TryGetValue(key, out int number))
        {
            _known[key] = number = _buffers.Count;
            _buffers.Add(new ImageBuffer(section.Kind, [.. section.Transforms]));
        }

        return number;
    }
}
