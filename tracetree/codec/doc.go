// Package codec turns spans of other formats into spans of tracetree.
package codec
