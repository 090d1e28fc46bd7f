using System.Runtime.InteropServices;
using System.Text;
using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>One expression in PCRE2, the library that Suricata uses.</summary>
public sealed unsafe class Pcre2 : IDisposable
{
    private const uint Caseless = 0x8;
    private const uint DollarEndOnly = 0x10;
    private const uint DotAll = 0x20;
    private const uint Extended = 0x80;
    private const uint Multiline = 0x400;
    private const uint Ungreedy = 0x40000;

    // Optimisations must not show, but these three do: PCRE2 10.42 does not find the "aa" at the beginning with /[^\n]?(?>\n){0,2}+a{2}/, the line
    // feed at the end of "c\n" with /(?:(?=\n))(?:\s|\b)\n/, or the "a" of "ba" with /(?s:.*?)++a/. It finds them all without.
    private const uint NoAutoPossess = 0x4000;
    private const uint NoDotStarAnchor = 0x8000;
    private const uint NoStartOptimize = 0x10000;
    private const uint Anchored = 0x8000_0000;
    private const int MatchLimit = -47;

    private static readonly nint Library = NativeLibrary.TryLoad("libpcre2-8.so.0", out nint library) ? library : 0;

    private readonly nint _code;
    private readonly nint _match;

    private Pcre2(nint code)
    {
        _code = code;
        _match = ((delegate* unmanaged<nint, nint, nint>)Export("pcre2_match_data_create_from_pattern_8"))(code, 0);
    }

    /// <summary>Skips the running test if the library is not there.</summary>
    public static void Need() => Assert.SkipWhen(Library == 0, "libpcre2-8.so.0 is not there");

    /// <summary>Compiles an expression; null if PCRE2 refuses it.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="modes">Its modes.</param>
    /// <param name="isOptimized">Whether time matters more than certainty.</param>
    internal static Pcre2? TryCompile(string expression, ExpressionModes modes, bool isOptimized = false)
    {
        byte[] text = Encoding.UTF8.GetBytes(expression);
        uint options = (isOptimized ? 0 : NoAutoPossess | NoDotStarAnchor | NoStartOptimize) | Flag(modes, ExpressionModes.IgnoreCase, Caseless) | Flag(modes, ExpressionModes.DollarEndOnly, DollarEndOnly) | Flag(modes, ExpressionModes.DotAll, DotAll)
            | Flag(modes, ExpressionModes.Extended, Extended) | Flag(modes, ExpressionModes.Multiline, Multiline) | Flag(modes, ExpressionModes.Ungreedy, Ungreedy)
            | Flag(modes, ExpressionModes.Anchored, Anchored);
        int error;
        nint offset;
        nint code;
        fixed (byte* first = text)
        {
            code = ((delegate* unmanaged<byte*, nint, uint, int*, nint*, nint, nint>)Export("pcre2_compile_8"))(first, text.Length, options, &error, &offset, 0);
        }

        return code == 0 ? null : new Pcre2(code);
    }

    /// <summary>The first match from a place on; null if there is none, or if it was given up after ten million steps.</summary>
    public (int Start, int End)? Find(byte[] subject, int from, out bool isGivenUp)
    {
        int count;
        byte none = 0;
        fixed (byte* first = subject)
        {
            count = ((delegate* unmanaged<nint, byte*, nint, nint, uint, nint, nint, int>)Export("pcre2_match_8"))(_code, first == null ? &none : first, subject.Length, from, 0, _match, 0);
        }

        isGivenUp = count == MatchLimit;
        nint* places = ((delegate* unmanaged<nint, nint*>)Export("pcre2_get_ovector_pointer_8"))(_match);
        return count > 0 ? ((int)places[0], (int)places[1]) : null;
    }

    public void Dispose()
    {
        ((delegate* unmanaged<nint, void>)Export("pcre2_match_data_free_8"))(_match);
        ((delegate* unmanaged<nint, void>)Export("pcre2_code_free_8"))(_code);
    }

    private static nint Export(string name) => NativeLibrary.GetExport(Library, name);

    private static uint Flag(ExpressionModes modes, ExpressionModes mode, uint flag) => (modes & mode) != 0 ? flag : 0;
}
