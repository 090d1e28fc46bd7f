using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;

namespace Weft.Conformance.EncapTests;

/// <summary>The option's bytes, and what is refused.</summary>
public sealed class GeneveFragmentOptionTests
{
    private static readonly GeneveFragmentOption Option = GeneveFragmentOption.Default;

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_5_The_option_is_twelve_bytes_with_the_critical_bit()
    {
        byte[] bytes = new byte[GeneveFragmentOption.Length];
        Option.Write(bytes, new FragmentInfo(0x01020304, 9014, 161));
        Assert.Equal("ff008002" + "01020304" + "2336" + "0508", Convert.ToHexStringLower(bytes));
        Assert.Equal(FragmentOptionResult.Fragment, Option.Read(bytes, out FragmentInfo read));
        Assert.Equal(new FragmentInfo(0x01020304, 9014, 161), read);
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData("", FragmentOptionResult.None)]
    [InlineData("01020300", FragmentOptionResult.None)] // another option, not critical, without data
    [InlineData("01028300", FragmentOptionResult.UnknownCriticalOption)]
    [InlineData("ff008002010203042336050801020300", FragmentOptionResult.Fragment)] // ours first
    [InlineData("01020300ff0080020102030423360508", FragmentOptionResult.Fragment)] // order is not significant (RFC 8926 section 3.5)
    [InlineData("ff0080020102030423360508ff0080020102030423360508", FragmentOptionResult.Repeated)]
    [InlineData("ff0080020102030423360509", FragmentOptionResult.BadOption)] // version 1
    [InlineData("ff008000", FragmentOptionResult.BadOption)]
    [InlineData("ff00800101020304", FragmentOptionResult.BadOption)]
    [InlineData("ff008003010203042336050800000000", FragmentOptionResult.BadOption)]
    [InlineData("ff00800201020304", FragmentOptionResult.OptionOverrun)]
    [InlineData("ff0080", FragmentOptionResult.OptionOverrun)]
    [InlineData("0102031f", FragmentOptionResult.OptionOverrun)]
    [InlineData("ff0080020102030423360508010283000000", FragmentOptionResult.UnknownCriticalOption)]
    public void Every_list_of_options_gets_its_answer(string options, FragmentOptionResult expected)
    {
        Assert.Equal(expected, Option.Read(Convert.FromHexString(options), out _));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Random_options_never_throw()
    {
        var inputs = Arb.From(Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf());
        Prop.ForAll(inputs, bytes => { _ = Option.Read(bytes, out _); }).Check(Chance.Of(5000));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void What_is_written_is_read()
    {
        var cases = Arb.From(
            from id in Gen.Choose(int.MinValue, int.MaxValue)
            from total in Gen.Choose(0, 65535)
            from offset in Gen.Choose(0, 8191)
            select new FragmentInfo((uint)id, (ushort)total, (ushort)offset));
        byte[] bytes = new byte[GeneveFragmentOption.Length];
        Prop.ForAll(cases, info =>
        {
            Option.Write(bytes, info);
            Assert.Equal(FragmentOptionResult.Fragment, Option.Read(bytes, out FragmentInfo read));
            Assert.Equal(info, read);
        }).Check(Chance.Of(1000));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_type_without_the_critical_bit_is_refused()
    {
        Assert.Contains("0x80 to 0xFF", Assert.Throws<ArgumentOutOfRangeException>(() => new GeneveFragmentOption(0xFF00, 0x01).Validate()).Message);
    }
}
