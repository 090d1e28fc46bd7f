using System.Security.Cryptography;
using System.Text;
using Weft.Encap;

namespace Weft.Host.Config;

/// <summary>Reads key material from files that nobody but their owner may read.</summary>
internal static class KeyFile
{
    /// <summary>What nobody but the owner of a key may do with its file.</summary>
    public const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const int MaxBytes = 4096;

    /// <summary>Reads key and salt. The caller wipes what it gets.</summary>
    /// <param name="path">The file: hexadecimal digits; blanks, colons and lines that begin with '#' do not count.</param>
    /// <param name="algorithm">Says how many bytes there must be.</param>
    /// <param name="material">Key and salt.</param>
    /// <param name="problem">Why not, without a word of the content.</param>
    public static bool TryRead(string path, AeadAlgorithm algorithm, out byte[] material, out string problem)
    {
        material = [];
        if (!OwnersFile.TryRead(path, MaxBytes + 1, out byte[] text, out problem))
        {
            return false;
        }

        material = Parse(text);
        CryptographicOperations.ZeroMemory(text);
        int wanted = Aead.KeyLength(algorithm) + EspSaOptions.SaltLength;
        problem = material.Length == wanted ? "" : $"the file {path} has no {wanted} octets in hexadecimal, {wanted - EspSaOptions.SaltLength} of key and {EspSaOptions.SaltLength} of salt";
        return material.Length == wanted;
    }

    /// <summary>The octets, none if the text is anything else.</summary>
    private static byte[] Parse(ReadOnlySpan<byte> text)
    {
        Span<byte> digits = stackalloc byte[MaxBytes];
        int count = 0;
        bool isComment = false;
        foreach (byte character in text)
        {
            isComment = character == '#' || (isComment && character != '\n');
            if (isComment || character is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)':')
            {
                continue;
            }

            if (count == digits.Length)
            {
                return [];
            }

            digits[count++] = character;
        }

        byte[] octets = new byte[count / 2];
        bool valid = count % 2 == 0 && Convert.FromHexString(digits[..count], octets, out _, out _) == System.Buffers.OperationStatus.Done;
        CryptographicOperations.ZeroMemory(digits);
        return valid ? octets : [];
    }
}
