using System.Diagnostics.CodeAnalysis;

namespace Weft.Mesh;

/// <summary>
/// The name of a workload, <c>spiffe://trust-domain/path</c>, as its certificate has it in its only URI (SPIFFE-ID section 2). The
/// trust domain says which roots may vouch for it.
/// </summary>
public readonly struct SpiffeId : IEquatable<SpiffeId>
{
    /// <summary>Most characters of an identity (SPIFFE-ID section 2.3 asks for 2,048 octets).</summary>
    public const int MaxLength = 2048;

    /// <summary>Most characters of a trust domain (section 2.3).</summary>
    public const int MaxTrustDomainLength = 255;

    private const string Scheme = "spiffe://";

    private readonly string? _text;
    private readonly int _pathStart;

    private SpiffeId(string text, int pathStart)
    {
        _text = text;
        _pathStart = pathStart;
    }

    /// <summary>True for <c>default</c>, which names nobody.</summary>
    public bool IsEmpty => _text is null;

    /// <summary>The trust domain, in lower case; empty for <c>default</c>.</summary>
    public string TrustDomain => _text is null ? "" : _text[Scheme.Length.._pathStart];

    /// <summary>The path with its leading slash; empty if there is none.</summary>
    public string Path => _text is null ? "" : _text[_pathStart..];

    /// <summary>
    /// Reads an identity. The scheme and the trust domain may be written in any case; nothing else is changed: no port, no user, no query, no
    /// fragment, no percent encoding, no empty or dotted path segment, no slash at the end (sections 2.1 and 2.2).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SpiffeId id)
    {
        id = default;
        if (text.Length > MaxLength || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> rest = text[Scheme.Length..];
        int slash = rest.IndexOf('/');
        ReadOnlySpan<char> domain = slash < 0 ? rest : rest[..slash];
        ReadOnlySpan<char> path = slash < 0 ? [] : rest[slash..];
        if (!IsTrustDomain(domain) || !IsPath(path))
        {
            return false;
        }

        id = new SpiffeId(string.Concat(Scheme, domain.ToString().ToLowerInvariant(), path), Scheme.Length + domain.Length);
        return true;
    }

    /// <summary>Reads an identity.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static SpiffeId Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out SpiffeId id) ? id : throw new FormatException($"'{text}' is not a SPIFFE ID such as spiffe://mesh.example/web");

    /// <inheritdoc/>
    public bool Equals(SpiffeId other) => string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is SpiffeId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _text is null ? 0 : string.GetHashCode(_text, StringComparison.Ordinal);

    /// <summary>The URI; empty for <c>default</c>.</summary>
    public override string ToString() => _text ?? "";

    /// <summary>True if both name the same workload.</summary>
    public static bool operator ==(SpiffeId left, SpiffeId right) => left.Equals(right);

    /// <summary>True if they name different ones.</summary>
    public static bool operator !=(SpiffeId left, SpiffeId right) => !left.Equals(right);

    private static bool IsTrustDomain(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.Length > MaxTrustDomainLength)
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsPath(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            int next = text[1..].IndexOf('/');
            ReadOnlySpan<char> segment = next < 0 ? text[1..] : text[1..(next + 1)];
            if (segment is "" or "." or ".." || !IsSegment(segment))
            {
                return false;
            }

            text = next < 0 ? [] : text[(next + 1)..];
        }

        return true;
    }

    private static bool IsSegment(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_'))
            {
                return false;
            }
        }

        return true;
    }
}
