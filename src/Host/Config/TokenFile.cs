using System.Text;

namespace Weft.Host.Config;

/// <summary>Reads the token of the web server from a file that nobody but its owner may read.</summary>
public static class TokenFile
{
    /// <summary>Least characters of a token: 128 bits in hexadecimal.</summary>
    public const int MinLength = 32;

    /// <summary>Most characters of a token.</summary>
    public const int MaxLength = 256;

    /// <summary>Reads a token: one line of printable ASCII without blanks.</summary>
    /// <param name="path">The file.</param>
    /// <param name="token">The token, in ASCII; empty if there is none.</param>
    /// <param name="problem">Why not, without a word of the content.</param>
    /// <returns>False if the file cannot be used.</returns>
    public static bool TryRead(string path, out byte[] token, out string problem)
    {
        token = [];
        if (!OwnersFile.TryRead(path, MaxLength + 2, out byte[] bytes, out problem))
        {
            return false;
        }

        ReadOnlySpan<byte> text = bytes.AsSpan().TrimEnd("\r\n"u8);
        if (text.Length is < MinLength or > MaxLength || text.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            problem = $"the file {path} has no token of {MinLength} to {MaxLength} printable characters on one line";
            return false;
        }

        token = text.ToArray();
        return true;
    }
}
