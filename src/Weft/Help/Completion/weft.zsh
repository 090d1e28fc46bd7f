#compdef weft
# Completion of weft in zsh. Load it behind compinit with
#   source <(weft completion zsh)
# or put it as _weft into a folder of $fpath.
_weft() {
    local line="${(j: :)words[1,CURRENT]}"
    local -a found
    found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
    # Options are offered to who begins one; otherwise files have their turn.
    [[ $PREFIX == -* ]] || found=("${(@)found:#-*}")
    found=("${(@)found:#}")
    if (( $#found )); then compadd -a found; else _files; fi
}
if [[ $funcstack[1] == _weft ]]; then _weft "$@"; else compdef _weft weft; fi
